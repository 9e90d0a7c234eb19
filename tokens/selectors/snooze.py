"""The snooze of a token that is in force, for pages and API."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Snooze, Token
from tokens.policy.days import utc_day
from tokens.policy.snooze import is_snoozed
from tokens.policy.vocabulary import State


def snooze_of(token: Token, now: datetime) -> Snooze | None:
    """Who put its reminders off, until when and why; None where nobody did, without a query.

    One that was replaced or revoked meanwhile is not snoozed: it has no reminders to rotate.
    """
    if token.state != State.ACTIVE.value or not is_snoozed(token.snoozed_until, utc_day(now)):
        return None
    return Snooze.objects.filter(token=token, ended_at__isnull=True).first()
