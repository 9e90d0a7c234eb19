"""Deciding about an exception that waits: only somebody else than the asker approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, audited
from tokens.errors import NotAllowed, WrongState
from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Decision, Standing, standing
from tokens.services.exceptions.ask import clean_by, clean_reason
from tokens.services.exceptions.deciders import check_decider
from tokens.services.exceptions.effects import locked, settle_effects
from tokens.services.exceptions.telling import queue_decided

_EVENTS = {
    Decision.APPROVED: Event.EXCEPTION_APPROVED,
    Decision.REFUSED: Event.EXCEPTION_REFUSED,
    Decision.WITHDRAWN: Event.EXCEPTION_WITHDRAWN,
}


def approve_exception(
    *, exception: PolicyException, by: str, actor: Actor, now: datetime
) -> PolicyException:
    """From here on, through its last day, the flags that it names are silent.

    Raises NotAllowed where `by` asked for it or may not decide (`deciders`), WrongState where it
    does not wait (any more).
    """
    by = clean_by(by)
    check_decider(exception, by)
    return record_decision(
        exception=exception, decision=Decision.APPROVED, by=by, reason="", actor=actor, now=now
    )


def refuse_exception(
    *, exception: PolicyException, reason: str, by: str, actor: Actor, now: datetime
) -> PolicyException:
    """Say no, and why. Raises InvalidInput (field reason), NotAllowed and WrongState as approving
    does."""
    reason, by = clean_reason(reason), clean_by(by)
    check_decider(exception, by)
    return record_decision(
        exception=exception, decision=Decision.REFUSED, by=by, reason=reason, actor=actor, now=now
    )


def withdraw_exception(
    *, exception: PolicyException, by: str, actor: Actor, now: datetime
) -> PolicyException:
    """Whoever asked does not need it any more. Raises NotAllowed for anybody else, WrongState."""
    by = clean_by(by)
    if by != exception.asked_by:
        raise NotAllowed("Only who asked for it may withdraw it.")
    return record_decision(
        exception=exception, decision=Decision.WITHDRAWN, by=by, reason="", actor=actor, now=now
    )


def record_decision(
    *,
    exception: PolicyException,
    decision: Decision,
    by: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> PolicyException:
    """Write a decision down, with its effect. The caller has made sure that `by` may decide so;
    that nobody approves their own request is held by the database, too. Raises WrongState."""
    with audited(actor=actor, now=now) as trail:
        found = locked(exception)
        check_waiting(found, now)
        found.decision, found.decided_by, found.decided_at = decision.value, by, now
        found.decision_reason = reason
        found.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason"])
        facts: dict[str, Any] = {"reason": reason} if reason else {}
        if decision is not Decision.WITHDRAWN:
            facts["asked_by"] = found.asked_by
        trail.add(
            _EVENTS[decision],
            found.token,
            exception=found.pk,
            flags=found.flags,
            ends_on=found.ends_on,
            by=by,
            **facts,
        )
        if decision is Decision.APPROVED:
            settle_effects(found.token_id)
        if decision is not Decision.WITHDRAWN:
            queue_decided(found, now=now)
    return found


def check_waiting(found: PolicyException, now: datetime) -> None:
    """Raises WrongState where there is nothing to decide."""
    stands = standing(found.facts(), utc_day(now))
    if stands is Standing.LAPSED:
        raise WrongState("Its last day has passed: ask for another one.")
    if stands is not Standing.WAITING:
        raise WrongState("Somebody has decided about it already.")
