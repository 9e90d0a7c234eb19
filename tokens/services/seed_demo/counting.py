"""The share within policy of the sample instance, counted on each day of its past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tokens.policy.days import midnight, utc_day
from tokens.services.seed_demo.plan import Plan

#: When beat comes to it after midnight.
MINUTES = timedelta(minutes=3)


def countings(plan: Plan) -> Iterator[datetime]:
    """A moment of each day since the one after the first, today's included."""
    day = utc_day(plan.begun) + timedelta(days=1)
    while midnight(day) + MINUTES < plan.now:
        yield midnight(day) + MINUTES
        day += timedelta(days=1)
