"""Our own API keys for scripts: what they may do, how long they live, when somebody is told.

We govern our own keys as we ask others to govern theirs: each has an end, and its end is reminded.
Source: shared/bar.md, "Security"; issue 4, "API keys".
"""

from datetime import datetime, timedelta
from enum import StrEnum

from tokens.policy.days import days_left
from tokens.policy.roles import Permission

#: What a key may be allowed. Never: making keys, changing accounts, and whatever one person has to
#: decide about another's act; a script is nobody's second pair of eyes.
KEYABLE = (
    Permission.VIEW,
    Permission.EXPORT,
    Permission.IDENTIFY,
    Permission.LEAKS,
    Permission.REGISTER,
    Permission.CHECK,
    Permission.EDIT,
    Permission.REVOKE,
)
#: The one without which the others are of no use.
ALWAYS = Permission.VIEW
LONGEST_DAYS = 365
DEFAULT_DAYS = 90
#: Days left at which administrators are told.
THRESHOLDS = (14, 7, 1, 0)


class Standing(StrEnum):
    IN_FORCE = "in force"
    EXPIRED = "expired"
    REVOKED = "revoked"


def standing(*, expires_at: datetime, revoked_at: datetime | None, now: datetime) -> Standing:
    """Whether a key still opens anything; a revoked one stays revoked when its end comes."""
    if revoked_at is not None:
        return Standing.REVOKED
    return Standing.IN_FORCE if now < expires_at else Standing.EXPIRED


def ends_at(*, days: int, now: datetime) -> datetime:
    """The end of a key made now. Raises ValueError for a term that is none."""
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"a key lives 1 to {LONGEST_DAYS} days")
    return now + timedelta(days=days)


def due_threshold(
    *, expires_at: datetime, revoked_at: datetime | None, done: int | None, now: datetime
) -> int | None:
    """The tightest threshold that is reached and not told yet; None: nothing to tell.

    A missed day delays and never skips. Of a key that expired yesterday or earlier nobody is told
    any more: whoever needs it has noticed.
    """
    left = days_left(expires_at, now)
    if revoked_at is not None or left < 0:
        return None
    tightest = min((each for each in THRESHOLDS if each >= left), default=None)
    if tightest is None or (done is not None and tightest >= done):
        return None
    return tightest
