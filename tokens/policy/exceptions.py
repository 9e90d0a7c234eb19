"""Exceptions: a flag of one token that somebody may leave standing for a while, and who says so.

Source: issue 3, "Exceptions per token". An exception silences what it names and nothing else, one
person asks and another approves, it has an end, and what it silenced comes back as a flag.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tokens.policy.days import midnight
from tokens.policy.vocabulary import Flag

#: Matters of policy or judgement. What is not here is a fact about danger, and nobody may silence
#: that: a compromised value, one that Coolset refuses, a revocation that did not work.
MAY_BE_EXCEPTED = frozenset(
    {
        Flag.EXPIRING,
        Flag.OVERDUE,
        Flag.UNUSED,
        Flag.STALE,
        Flag.SHARED,
        Flag.MIXED_ENVIRONMENTS,
        Flag.INSUFFICIENT,
        Flag.OWNERLESS,
        Flag.OWNER_LEFT,
        Flag.CREATOR_LEFT,
        Flag.PERMISSION_CHANGED,
        Flag.WORKSPACE_INACTIVE,
        Flag.AGE_UNKNOWN,
        Flag.NOT_HELD,
        Flag.NOT_REVOKED,
        Flag.COMPANY_MISMATCH,
    }
)
#: Owner and asker are told so many days before the end.
SOON_DAYS = 7

#: Flags of one token that are or were excepted, each with the last UTC day of it.
Excepted = tuple[tuple[Flag, date], ...]


class Decision(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What may be done with an exception."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    END = "end"


class Standing(StrEnum):
    """Where an exception stands on a day, in the order of its page."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    OVER = "over"  # its last day has passed and nobody said anything since
    CLOSED = "closed"  # somebody ended it early, or took note of its end
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # its last day passed before anybody decided


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """What the standing of one exception depends on. `closed`: ended early, or noted."""

    decision: Decision
    ends_on: date
    closed: bool = False


def standing(facts: ExceptionFacts, today: date) -> Standing:
    """Where it stands on this UTC day; the last day is included."""
    past = facts.ends_on < today
    if facts.decision is Decision.ASKED:
        return Standing.LAPSED if past else Standing.WAITING
    if facts.decision is Decision.REFUSED:
        return Standing.REFUSED
    if facts.decision is Decision.WITHDRAWN:
        return Standing.WITHDRAWN
    if facts.closed:
        return Standing.CLOSED
    return Standing.OVER if past else Standing.IN_FORCE


def ends_soon(ends_on: date, today: date) -> bool:
    """Whether the end is near enough to be told; on the last day and before, not after."""
    return 0 <= (ends_on - today).days <= SOON_DAYS


def last_day_allowed(today: date) -> date:
    """A year ahead at most: the same day of next year, 28 February for a leap day."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return today.replace(year=today.year + 1, day=28)


def is_silenced(flag: Flag, excepted: Excepted, today: date) -> bool:
    """Whether an exception in force names this flag."""
    return any(each is flag and until >= today for each, until in excepted)


def in_force(excepted: Excepted, today: date) -> Excepted:
    """What is silenced on this day."""
    return tuple((flag, until) for flag, until in excepted if until >= today)


def come_back(excepted: Excepted, standing: Collection[Flag], today: date) -> tuple[Flag, ...]:
    """Flags that an exception silenced until its end, and that would stand again by themselves.

    While nothing stands any more (it was rotated, somebody owns it now) there is nothing to say.
    """
    return tuple(flag for flag, until in excepted if until < today and flag in standing)


def silences_reminder(excepted: Excepted, *, days_left: int, today: date) -> bool:
    """Whether today's reminder is silenced: an exception for `overdue` silences those of what is
    overdue now, one for `expiring` those before.

    The day decides and not the threshold: a token that is three days overdue is reminded of at the
    threshold of 0 where that was missed, and such a mail speaks of what is overdue.
    """
    return is_silenced(_spoken_of(days_left), excepted, today)


def heard_again_at(excepted: Excepted, *, days_left: int, today: date) -> datetime:
    """The midnight UTC at which a silenced reminder is looked at again: when its exception has
    ended, or when the token becomes overdue, which another flag speaks of."""
    flag = _spoken_of(days_left)
    ends = [until for each, until in excepted if each is flag and until >= today]
    if days_left >= 0:
        ends.append(today + timedelta(days=days_left))
    return midnight(min(ends) + timedelta(days=1))


def for_every_reminder(excepted: Excepted, flag: Flag) -> Excepted:
    """What silences all reminders where they are about this flag alone."""
    ends = [until for each, until in excepted if each is flag]
    return tuple((each, until) for until in ends for each in (Flag.EXPIRING, Flag.OVERDUE))


def _spoken_of(days_left: int) -> Flag:
    return Flag.OVERDUE if days_left < 0 else Flag.EXPIRING
