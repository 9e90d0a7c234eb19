"""Requests that nobody decided, and approved keys that nobody collected, in time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from tokens.audit import Event, Trail, audited, system
from tokens.models import Approval, Integration, Token
from tokens.policy.two_people import COLLECTED, Outcome

BATCH = 100
_OPEN = Q(outcome=Outcome.ASKED.value) | Q(
    outcome=Outcome.APPROVED.value, kind__in=[kind.value for kind in COLLECTED]
)


def lapse_requests(*, now: datetime) -> int:
    """Settle what is out of time, with an entry each; returns how many. Safe beside another run."""
    lapsed = 0
    over = Approval.objects.filter(_OPEN, expires_at__lte=now).order_by("pk")
    while found := list(over.select_related("token__company", "token__integration")[:BATCH]):
        with audited(actor=system("approvals"), now=now) as trail:
            lapsed += sum(_lapse(each, trail, now) for each in found)
    return lapsed


def lapse_of_token(token: Token, *, trail: Trail, now: datetime) -> None:
    """What waited too long for this token gives way to a new request; the caller's transaction."""
    _make_room(Approval.objects.filter(token=token), trail, now)


def lapse_of_integration(integration: Integration, *, trail: Trail, now: datetime) -> None:
    """The same for a key of this integration."""
    _make_room(Approval.objects.filter(integration=integration), trail, now)


def _make_room(rows: QuerySet[Approval], trail: Trail, now: datetime) -> None:
    waiting = rows.filter(outcome=Outcome.ASKED.value, expires_at__lte=now)
    for each in waiting.select_related("token__company", "token__integration"):
        _lapse(each, trail, now)


def _lapse(approval: Approval, trail: Trail, now: datetime) -> bool:
    rows = Approval.objects.filter(_OPEN, pk=approval.pk, expires_at__lte=now)
    if not rows.update(outcome=Outcome.LAPSED.value, settled_at=now):
        return False
    trail.add(
        Event.APPROVAL_LAPSED,
        approval.subject,
        approval=approval.pk,
        act=approval.kind,
        asked_by=approval.asked_by,
    )
    return True
