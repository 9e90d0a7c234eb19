"""Deciding about a request: somebody else than the asker approves or refuses, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import NotAllowed, WrongState
from tokens.models import Approval
from tokens.policy.two_people import COLLECTED, WAITS, Agreed, Kind, Outcome
from tokens.services.approvals.carry_out import carry_out, hold, nothing_left
from tokens.services.approvals.rights import check_asker, check_decider
from tokens.services.approvals.telling import queue_decided
from tokens.services.exceptions.ask import clean_by, clean_reason
from tokens.services.overtaken import overtake

_EVENTS = {
    Outcome.APPROVED: Event.APPROVAL_APPROVED,
    Outcome.REFUSED: Event.APPROVAL_REFUSED,
    Outcome.WITHDRAWN: Event.APPROVAL_WITHDRAWN,
}
GONE = {
    Outcome.LAPSED: "It waited for longer than seven days: ask for it anew.",
    Outcome.OVERTAKEN: "It was done meanwhile, and nothing is left to approve.",
}
RELATED = ("token__company", "token__integration", "integration", "company", "asked_with")


def approve_request(*, approval: Approval, by: str, actor: Actor, now: datetime) -> Approval:
    """What was asked for is done with this, by the ordinary service; a key may be collected.

    Raises NotAllowed where `by` asked for it or may not do it themselves; WrongState where it does
    not wait any more, where the asker may not do it any more, and where what it is about changed,
    which the message names.
    """
    by = clean_by(by)
    with audited(actor=actor, now=now) as trail:
        found = _held(approval)
        check_decider(found, by)
        _check_waits(found, now)
        changed = nothing_left(found, now)
        if changed:
            overtake(found, trail=trail, now=now)
        else:
            check_asker(found, now)
            _decide(found, Outcome.APPROVED, by=by, reason="", trail=trail, now=now)
            carry_out(found, agreed=Agreed(found.asked_by, by), actor=actor, now=now)
            queue_decided(found, now=now)
    if changed:
        raise WrongState(changed)
    return found


def refuse_request(
    *, approval: Approval, reason: str, by: str, actor: Actor, now: datetime
) -> Approval:
    """Say no, and why. Raises InvalidInput (field reason), NotAllowed and WrongState."""
    reason, by = clean_reason(reason), clean_by(by)
    with audited(actor=actor, now=now) as trail:
        found = _held(approval)
        check_decider(found, by)
        _decide(found, Outcome.REFUSED, by=by, reason=reason, trail=trail, now=now)
        queue_decided(found, now=now)
    return found


def withdraw_request(*, approval: Approval, by: str, actor: Actor, now: datetime) -> Approval:
    """Whoever asked does not need it any more. Raises NotAllowed for anybody else, WrongState."""
    by = clean_by(by)
    if by != approval.asked_by:
        raise NotAllowed("Only who asked for it may withdraw it.")
    with audited(actor=actor, now=now) as trail:
        found = _held(approval)
        _decide(found, Outcome.WITHDRAWN, by=by, reason="", trail=trail, now=now)
    return found


def _held(approval: Approval) -> Approval:
    """The row as it is now. What it touches is locked first, in the order of recording."""
    hold(approval)
    rows = Approval.objects.select_for_update(of=("self",)).select_related(*RELATED)
    return rows.get(pk=approval.pk)


def _check_waits(found: Approval, now: datetime) -> None:
    stands = found.stands(now)
    if stands is not Outcome.ASKED:
        raise WrongState(GONE.get(stands, "Somebody has decided about it already."))


def _decide(
    found: Approval, outcome: Outcome, *, by: str, reason: str, trail: Trail, now: datetime
) -> None:
    """Once, whatever happens at the same moment: only a row that waits is changed."""
    _check_waits(found, now)
    collected = outcome is Outcome.APPROVED and Kind(found.kind) in COLLECTED
    columns: dict[str, Any] = {
        "outcome": outcome.value,
        "decided_by": by,
        "decided_at": now,
        "decision_reason": reason,
        "settled_at": None if collected else now,
        "expires_at": now + WAITS if collected else found.expires_at,
    }
    waiting = Approval.objects.filter(pk=found.pk, outcome=Outcome.ASKED.value, expires_at__gt=now)
    if not waiting.update(**columns):
        raise WrongState("Somebody has decided about it already.")
    for name, value in columns.items():
        setattr(found, name, value)
    said: dict[str, Any] = {"reason": reason} if reason else {}
    trail.add(
        _EVENTS[outcome],
        found.subject,
        approval=found.pk,
        act=found.kind,
        asked_by=found.asked_by,
        by=by,
        **said,
    )
