"""Asking for an exception: which flags, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import PolicyException, Token
from tokens.models.exceptions import REASON_LENGTH
from tokens.policy.days import utc_day
from tokens.policy.exceptions import MAY_BE_EXCEPTED, Decision, last_day_allowed
from tokens.policy.fields import Invalid, clean_email, clean_text
from tokens.policy.vocabulary import Flag, State
from tokens.services.exceptions.telling import queue_waiting


def ask_exception(
    *,
    token: Token,
    flags: Iterable[str],
    reason: str,
    ends_on: date,
    by: str,
    actor: Actor,
    now: datetime,
) -> PolicyException:
    """Ask that these flags of one token may stand until `ends_on`, a UTC day that is included.

    `by`: the e-mail of who asks. Nothing is silenced until somebody else approves who may; they
    are mailed at once. Raises InvalidInput (fields flags, reason, ends_on, by), and WrongState
    where the token is revoked or an exception of it waits already.
    """
    words = clean_flags(flags)
    reason, by = clean_reason(reason), clean_by(by)
    check_end(ends_on, utc_day(now))
    with audited(actor=actor, now=now) as trail:
        locked = Token.objects.select_for_update().get(pk=token.pk)
        if locked.state == State.REVOKED.value:
            raise WrongState("It is revoked: nothing is left to except.")
        _make_room(locked, trail, now)
        exception = PolicyException.objects.create(
            token=locked, flags=words, reason=reason, ends_on=ends_on, asked_by=by, asked_at=now
        )
        trail.add(
            Event.EXCEPTION_ASKED,
            token,
            exception=exception.pk,
            flags=words,
            ends_on=ends_on,
            reason=reason,
            by=by,
        )
        queue_waiting(exception, now=now)
    return exception


def _make_room(token: Token, trail: Trail, now: datetime) -> None:
    """One waits at a time; one that nobody decided before its end gives way."""
    waiting = PolicyException.objects.filter(token=token, decision=Decision.ASKED.value).first()
    if waiting is None:
        return
    if waiting.ends_on >= utc_day(now):
        raise WrongState("An exception for this token waits for approval already.")
    waiting.decision = Decision.WITHDRAWN.value
    waiting.decided_by, waiting.decided_at = waiting.asked_by, now
    waiting.decision_reason = "Nobody decided before its last day."
    waiting.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason"])
    trail.add(
        Event.EXCEPTION_WITHDRAWN,
        token,
        exception=waiting.pk,
        flags=waiting.flags,
        ends_on=waiting.ends_on,
        reason=waiting.decision_reason,
    )


def clean_flags(flags: Iterable[str]) -> list[str]:
    """Sorted words, each once. Raises InvalidInput, which names those that may be excepted."""
    allowed = sorted(flag.value for flag in MAY_BE_EXCEPTED)
    words = {str(flag).strip().lower() for flag in flags}
    if not words:
        raise InvalidInput("name at least one flag", field="flags")
    if words & {flag.value for flag in set(Flag) - MAY_BE_EXCEPTED}:
        raise InvalidInput("name facts about danger, which nobody may except", field="flags")
    if not words <= set(allowed):
        raise InvalidInput("may only be of " + ", ".join(allowed), field="flags")
    return sorted(words)


def clean_reason(reason: str, field: str = "reason") -> str:
    """In a person's words, up to 500 characters. Raises InvalidInput."""
    try:
        return clean_text(reason, field, REASON_LENGTH, required=True)
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None


def clean_by(by: str) -> str:
    """The e-mail of who acts, in lower case. Raises InvalidInput."""
    try:
        by = clean_email(by, "by")
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    if not by:
        raise InvalidInput("is required", field="by")
    return by


def check_end(ends_on: date, today: date) -> None:
    """Today at the earliest, a year ahead at most. Raises InvalidInput."""
    if ends_on < today:
        raise InvalidInput("lies before today (UTC)", field="ends_on")
    if ends_on > last_day_allowed(today):
        raise InvalidInput("lies more than a year ahead", field="ends_on")
