"""Step-up: dangerous acts ask again who is there. Source: shared/bar.md, "Security".

Whoever finds a signed-in browser may look, but not rotate, revoke, export, make keys or change
roles. The question comes before the work starts, so that it never stands between a person and a
form that is filled in.
"""

from datetime import datetime, timedelta

from tokens.policy.roles import Permission

#: How long a password that was given counts for starting dangerous work.
FRESH = timedelta(minutes=10)
#: How long a form that was opened with a fresh password may be filled in.
OPEN_FORM = timedelta(minutes=60)

ASKED_AGAIN = frozenset(
    {
        Permission.ROTATE,
        Permission.REVOKE,
        Permission.EXPORT,
        Permission.KEYS,
        Permission.PEOPLE,
        Permission.MEMBERS,
        Permission.CHANNELS,  # what leads out of the house
    }
)


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Whether somebody proved who they are lately enough to start dangerous work.

    A proof from the future (the clock was set back) counts for nothing.
    """
    return _within(proved_at, FRESH, now)


def may_send(*, proved_at: datetime | None, opened_at: datetime | None, now: datetime) -> bool:
    """Whether a form may be sent: a fresh proof, or the form was opened with one (`opened_at`)."""
    return is_fresh(proved_at, now) or _within(opened_at, OPEN_FORM, now)


def _within(at: datetime | None, term: timedelta, now: datetime) -> bool:
    return at is not None and timedelta(0) <= now - at < term
