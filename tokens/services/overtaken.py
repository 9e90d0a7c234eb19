"""Requests whose object is done with: nobody is asked any more to approve what has happened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tokens.audit import Event, Trail
from tokens.models import Approval
from tokens.policy.two_people import Outcome


def settle_overtaken(secret_id: UUID, *, trail: Trail, now: datetime) -> None:
    """The revocation of this value is recorded: what waits for that is settled.

    The caller's transaction, which holds the secret: asking and approving lock it first, too.
    """
    waiting = Approval.objects.filter(
        token__secret=secret_id, outcome=Outcome.ASKED.value
    ).select_related("token__company", "token__integration")
    for each in waiting.order_by("pk"):
        overtake(each, trail=trail, now=now)


def overtake(approval: Approval, *, trail: Trail, now: datetime) -> bool:
    """Settle one that waits; False where somebody was faster."""
    waiting = Approval.objects.filter(pk=approval.pk, outcome=Outcome.ASKED.value)
    if not waiting.update(outcome=Outcome.OVERTAKEN.value, settled_at=now):
        return False
    trail.add(
        Event.APPROVAL_OVERTAKEN,
        approval.subject,
        approval=approval.pk,
        act=approval.kind,
        asked_by=approval.asked_by,
    )
    return True
