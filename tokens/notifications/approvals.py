"""What people are told of a request of the two-person rule: that it waits, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from tokens.models import Approval, Notice
from tokens.policy.two_people import Outcome


class Say(IntEnum):
    """Thresholds of the ledger: each is told once of one request."""

    WAITS = 0
    DECIDED = 1


_DECIDED = frozenset({Outcome.APPROVED, Outcome.REFUSED})


def approval_occasion(approval: Approval) -> str:
    """The ledger's occasion: which one, in hexadecimal."""
    return approval.pk.hex


def approval_readers(approval: Approval, say: Say, told_admins: Sequence[str]) -> tuple[str, ...]:
    """Who may approve where it waits, else who asked; a command's name is no address."""
    if say is Say.WAITS:
        return tuple(address for address in told_admins if address != approval.asked_by)
    return (approval.asked_by,) if "@" in approval.asked_by else ()


def approval_of(notice: Notice, now: datetime) -> Approval | None:
    """The request of a notice, as long as what the notice says is true."""
    found = approval_named(notice)
    if found is None:
        return None
    stands = found.stands(now)
    true = stands in _DECIDED if notice.threshold == Say.DECIDED else stands is Outcome.ASKED
    return found if true else None


def approval_named(notice: Notice) -> Approval | None:
    """The request of a notice, whatever became of it."""
    rows = Approval.objects.select_related(
        "token__owner", "token__company", "token__integration", "integration", "asked_with"
    )
    return rows.filter(pk=UUID(hex=notice.occasion)).first()


def readers_of_approval(notice: Notice, told_admins: Sequence[str]) -> tuple[str, ...]:
    """Who may be told what a notice says, as things are now."""
    found = approval_named(notice)
    return () if found is None else approval_readers(found, Say(notice.threshold), told_admins)
