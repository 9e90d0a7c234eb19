"""Putting a token's reminders off for a while, and ending that early."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Snooze, Token
from tokens.models.preferences import REASON_LENGTH
from tokens.policy.days import utc_day
from tokens.policy.fields import clean_text
from tokens.policy.snooze import is_snoozed, latest_end
from tokens.policy.vocabulary import State
from tokens.services.entries import cleaned


def snooze(*, token: Token, until: date, reason: str, actor: Actor, now: datetime) -> Snooze:
    """No reminder of this token's rotation up to and including `until`, to anybody.

    A snooze takes the place of the one before. Alerts, flags and tasks stay. Raises InvalidInput
    (fields `reason`, `until`), and WrongState for a token that is not active or is compromised.
    """
    reason = cleaned(lambda: clean_text(reason, "reason", REASON_LENGTH, required=True))
    with audited(actor=actor, now=now) as trail:
        row = Token.objects.select_for_update().get(pk=token.pk)
        _check(row, until, now)
        _end([row.pk], actor, now)
        begun = Snooze.objects.create(
            token=row, until=until, reason=reason, by=actor.name, begun_at=now
        )
        Token.objects.filter(pk=row.pk).update(snoozed_until=until, remind_at=None)
        trail.add(
            Event.TOKEN_SNOOZED, row, until=until.isoformat(), reason=reason, due_at=row.due_at
        )
    return begun


def end_snooze(*, token: Token, actor: Actor, now: datetime) -> None:
    """Reminders come again from the next run on, the tightest only. Raises WrongState where it is
    not snoozed (any more)."""
    with audited(actor=actor, now=now) as trail:
        row = Token.objects.select_for_update().get(pk=token.pk)
        if not is_snoozed(row.snoozed_until, utc_day(now)):
            raise WrongState("Its reminders are not snoozed.")
        _tell_ended(row, trail)
        _end([row.pk], actor, now)


def end_snoozes_of(secret_id: UUID, *, trail: Trail, actor: Actor, now: datetime) -> None:
    """What happened to this value cannot be put off; the caller's transaction."""
    rows = Token.objects.filter(secret=secret_id, snoozed_until__gte=utc_day(now))
    found = list(rows.select_related("company", "integration").order_by("pk"))
    for row in found:
        _tell_ended(row, trail)
    if found:
        _end([row.pk for row in found], actor, now)


def _check(row: Token, until: date, now: datetime) -> None:
    if row.state != State.ACTIVE.value:
        raise WrongState(f"It is {row.state}: only active tokens are reminded of.")
    if hasattr(row.secret, "compromise"):
        raise WrongState("It is compromised: its reminders cannot be put off.")
    today, latest = utc_day(now), latest_end(row.due_at, now)
    if until < today:
        raise InvalidInput("lies in the past (UTC)", field="until")
    if until > latest:
        raise InvalidInput(f"must be {latest.isoformat()} at the latest", field="until")


def _tell_ended(row: Token, trail: Trail) -> None:
    until = row.snoozed_until.isoformat() if row.snoozed_until else None
    trail.add(Event.TOKEN_SNOOZE_ENDED, row, until=until)


def _end(tokens: Collection[UUID], actor: Actor, now: datetime) -> None:
    Snooze.objects.filter(token__in=tokens, ended_at__isnull=True).update(
        ended_at=now, ended_by=actor.name
    )
    Token.objects.filter(pk__in=tokens).update(snoozed_until=None, remind_at=None)
