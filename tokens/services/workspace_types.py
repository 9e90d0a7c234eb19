"""Keeping `Company.workspace_type` as Coolset's lists of workspaces say it."""

from collections.abc import Iterable, Sequence

from tokens.audit import Event, Trail
from tokens.coolset.outcomes import WorkspaceEntry, Workspaces
from tokens.models import Company
from tokens.policy.vocabulary import WORKSPACE_TYPES
from tokens.services.changes import Changes
from tokens.services.chunks import chunks


def take_workspace_types(listings: Sequence[Workspaces], trail: Trail) -> None:
    """Write the types of companies whose recorded workspace stands in one of the lists.

    A list need not be complete for that. Words that Coolset does not document change nothing; of
    two lists the later answer counts. The caller owns the transaction.
    """
    for listing in sorted(listings, key=lambda each: each.last.at):
        known = _types(listing.entries)
        for portion in chunks(list(known)):
            rows = Company.objects.filter(workspace_id__in=portion).order_by("pk")
            for company in rows.select_for_update():
                changes = Changes(company)
                changes.set("workspace_type", known[company.workspace_id])
                changes.save(trail, Event.COMPANY_EDITED)


def _types(entries: Iterable[WorkspaceEntry]) -> dict[int | None, str]:
    """The type by recorded id: an entry's `workspace_id` goes before another one's `id`."""
    documented = [entry for entry in entries if entry.type in WORKSPACE_TYPES]
    by_id = {entry.id: entry.type for entry in documented}
    by_id.update((entry.workspace_id, entry.type) for entry in documented)
    by_id.pop(None, None)
    return by_id
