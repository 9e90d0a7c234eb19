"""Keeping `Token.company_mismatch` and a company's proposed workspace id up to date.

They are columns, computed by `policy.mismatch` whenever evidence or a recorded id changes.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from tokens.models import Company, Token
from tokens.policy.mismatch import proposal, verdict
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks


def refresh_mismatches(secret_ids: Iterable[UUID]) -> None:
    """Compare the rows of these secrets with what Coolset showed of them; write only changes.

    Call it after a secret's evidence changed, in the same transaction. Companies without a
    recorded workspace id get the proposal that their tokens agree on.
    """
    unrecorded: set[UUID] = set()
    for portion in chunks(list(set(secret_ids))):
        unrecorded |= _refresh(portion)
    _refresh_proposals(unrecorded)


def refresh_mismatches_of(company: Company) -> None:
    """As `refresh_mismatches`, for all tokens of a company whose workspace id changed."""
    refresh_mismatches(company.tokens.values_list("secret_id", flat=True))


def _refresh(secret_ids: Collection[UUID]) -> set[UUID]:
    """Update the rows of these secrets; return their companies without a recorded id."""
    changed: dict[bool, list[UUID]] = {True: [], False: []}
    unrecorded = set()
    rows = Token.objects.filter(secret_id__in=secret_ids).values_list(
        "id",
        "company_id",
        "company__workspace_id",
        "secret__seen_workspace_id",
        "secret__listed_workspace_ids",
        "company_mismatch",
    )
    for token_id, company_id, recorded, seen, listed, was in rows:
        known = None if listed is None else frozenset(listed)
        wrong = verdict(recorded=recorded, seen=seen, listed=known) == "mismatch"
        if wrong != was:
            changed[wrong].append(token_id)
        if recorded is None and seen is not None:
            unrecorded.add(company_id)
    for wrong, ids in changed.items():
        for portion in chunks(ids):
            Token.objects.filter(pk__in=portion).update(company_mismatch=wrong)
    return unrecorded


def _refresh_proposals(company_ids: set[UUID]) -> None:
    for portion in chunks(company_ids):
        for company in Company.objects.filter(pk__in=portion, workspace_id__isnull=True):
            seen = set(
                company.tokens.filter(
                    state=State.ACTIVE.value, secret__seen_workspace_id__isnull=False
                ).values_list("secret__seen_workspace_id", flat=True)
            )
            # Tokens that disagree propose nothing: one of them sits under the wrong company.
            agreed = proposal(None, seen.pop()) if len(seen) == 1 else None
            if agreed != company.proposed_workspace_id:
                Company.objects.filter(pk=company.pk).update(proposed_workspace_id=agreed)
