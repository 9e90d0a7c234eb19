"""How long a sign-in lasts: twelve hours at the most, and two hours without a sign of life."""

from datetime import datetime, timedelta

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
#: A sign of life is written down once in so long; more often it would say nothing new.
SEEN_EVERY = timedelta(minutes=1)


def is_over(*, started_at: datetime | None, seen_at: datetime | None, now: datetime) -> bool:
    """Whether a sign-in has ended; one of which nobody knows the beginning has."""
    if started_at is None or seen_at is None:
        return True
    return now - started_at >= LONGEST or now - seen_at >= IDLE


def is_worth_noting(*, seen_at: datetime | None, now: datetime) -> bool:
    """Whether the last sign of life is old enough to be written anew."""
    return seen_at is None or not timedelta(0) <= now - seen_at < SEEN_EVERY
