"""How often, and when last, what a calendar shows of a token was changed: from the audit trail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from tokens.audit import Event
from tokens.audit.anchors import anchor
from tokens.models import AuditEvent

BATCH = 500
#: Changes of one token, and those that may move every due day.
_SHOWN_THE_SAME = {
    Event.TOKEN_HEALTH_CHANGED,
    Event.TOKEN_CHECK_REQUESTED,
    Event.TOKEN_UNREADABLE,
    Event.TOKEN_COMPROMISE_STEP,
}
OF_ONE = tuple(
    kind.value
    for kind in Event
    if kind.value.startswith(("token.", "rotation.")) and kind not in _SHOWN_THE_SAME
)
OF_ALL = tuple(
    kind.value
    for kind in Event
    if kind.value.startswith("policy.") or kind in {Event.COMPANY_EDITED, Event.INTEGRATION_EDITED}
)


@dataclass(frozen=True, slots=True)
class Revision:
    """`number` never falls; `at` is None where nothing was changed, or that entry was removed."""

    number: int
    at: datetime | None


def revisions(ids: Collection[UUID]) -> tuple[Revision, dict[UUID, Revision]]:
    """What changed all tokens, and what changed each of these; one query per 500 and two more.

    Entries that were archived and removed count on, all of them: that is more than any number from
    before, so a calendar that knows it takes the next one for news.
    """
    gone = anchor()
    whole = AuditEvent.objects.filter(kind__in=OF_ALL).aggregate(n=Count("pk"), at=Max("at"))
    found: dict[UUID, Revision] = {}
    texts = [str(each) for each in ids]
    for start in range(0, len(texts), BATCH):
        rows = (
            AuditEvent.objects.order_by()
            .filter(subject_id__in=texts[start : start + BATCH], kind__in=OF_ONE)
            .values_list("subject_id")
            .annotate(n=Count("pk"), at=Max("at"))
        )
        found.update({UUID(subject): Revision(n, at) for subject, n, at in rows})
    return Revision(gone.number + whole["n"], whole["at"]), found
