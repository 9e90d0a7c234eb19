"""The snooze of a token that is in force, for pages and API."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from tokens.models import Snooze, Token
from tokens.policy.days import utc_day
from tokens.policy.snooze import is_snoozed
from tokens.policy.vocabulary import State


def snooze_of(token: Token, now: datetime) -> Snooze | None:
    """Who put its reminders off, until when and why; None where nobody did, without a query."""
    return snoozes_of(token).first() if is_put_off(token, now) else None


def is_put_off(token: Token, now: datetime) -> bool:
    """One that was replaced or revoked meanwhile is not snoozed: it has no reminders to rotate."""
    active = token.state == State.ACTIVE.value
    return active and is_snoozed(token.snoozed_until, utc_day(now))


def snoozes_of(token: Token) -> QuerySet[Snooze]:
    """The one that was not ended, if any; it counts while the token `is_put_off`."""
    return Snooze.objects.filter(token=token, ended_at__isnull=True)
