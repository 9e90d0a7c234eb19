"""Reminders: which threshold is due, to whom, and when a failed mail is tried again.

Source: shared/interfaces.md, "Reminders". Thresholds are days left, fixed to the due day; a missed
day delays and never skips, and nothing is reminded twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tokens.policy.days import days_left, utc_day
from tokens.policy.exceptions import Excepted, silences_reminder
from tokens.policy.people import is_gone
from tokens.policy.readers import Reader, readers
from tokens.policy.settings import Rules
from tokens.policy.snooze import is_snoozed
from tokens.policy.vocabulary import State

#: After the due day a reminder goes out every so many days: at -7, -14, …
OVERDUE_STEP = 7

#: Minutes to wait after the first, second, … failed attempt; the last one stands for all later.
_BACKOFF = (1, 5, 15, 60, 120, 240, 360)


@dataclass(frozen=True, slots=True)
class ReminderFacts:
    """What a reminder of one token depends on.

    done: the tightest threshold done for this due day (a wider one counts as done with it),
    whoever the owner was then; None where none is.
    owner: e-mail address, or None. owner_gone_from: see people.gone_from. second_contact: the
    integration's, None where there is none. snoozed_until: the last day without reminders.
    excepted: what exceptions name of `expiring` and `overdue`, or stand for it.
    """

    state: State
    due_at: datetime
    done: int | None = None
    owner: str | None = None
    failing: bool = False
    owner_gone_from: date | None = None
    second_contact: str | None = None
    second_gone_from: date | None = None
    snoozed_until: date | None = None
    excepted: Excepted = ()


def reached(days_left: int, rules: Rules) -> int | None:
    """The tightest threshold reached with so many days left; None before the first."""
    weeks = -days_left // OVERDUE_STEP
    if weeks >= 1:
        return -OVERDUE_STEP * weeks
    return min((each for each in rules.thresholds if each >= days_left), default=None)


def is_silent(facts: ReminderFacts, now: datetime) -> bool:
    """Whether an exception silences what would be reminded of at `now`."""
    left = days_left(facts.due_at, now)
    return silences_reminder(facts.excepted, days_left=left, today=utc_day(now))


def due_threshold(facts: ReminderFacts, rules: Rules, now: datetime) -> int | None:
    """The threshold to remind of now: of an active token, the tightest reached and not done.

    None while it is snoozed or an exception silences it; afterwards the tightest reached by then,
    once.
    """
    if facts.state is not State.ACTIVE or is_snoozed(facts.snoozed_until, utc_day(now)):
        return None
    if is_silent(facts, now):
        return None
    tightest = reached(days_left(facts.due_at, now), rules)
    if tightest is None or (facts.done is not None and tightest >= facts.done):
        return None
    return tightest


def next_reminder(
    *, due_at: datetime, done: int | None, rules: Rules, now: datetime
) -> tuple[int, date]:
    """(threshold, UTC date) of the reminder to come: today's if one is due now.

    Meant for active tokens; it assumes that nothing is missed until then.
    """
    left = days_left(due_at, now)
    tightest = reached(left, rules)
    if tightest is not None and (done is None or tightest < done):
        return tightest, utc_day(now)
    # Whatever is done is tighter than or equal to what is reached here, or neither exists.
    threshold = _first(rules) if done is None else _following(done, rules)
    return threshold, utc_day(due_at) - timedelta(days=threshold)


def recipients(
    *,
    owner: str | None,
    administrators: Sequence[str],
    days_left: int,
    failing: bool,
    owner_gone: bool = False,
    second_contact: str | None = None,
) -> tuple[str, ...]:
    """Lower-cased, unique addresses, the owner first: `readers` without their reasons."""
    told = readers(
        owner=owner,
        administrators=administrators,
        days_left=days_left,
        failing=failing,
        owner_gone=owner_gone,
        second_contact=second_contact,
    )
    return tuple(reader.address for reader in told)


def readers_of(
    facts: ReminderFacts, administrators: Sequence[str], now: datetime
) -> tuple[Reader, ...]:
    """`readers` of one token's reminder at `now`; a second contact who has left is told nothing."""
    today = utc_day(now)
    return readers(
        owner=facts.owner,
        administrators=administrators,
        days_left=days_left(facts.due_at, now),
        failing=facts.failing,
        owner_gone=is_gone(facts.owner_gone_from, today),
        second_contact=None if is_gone(facts.second_gone_from, today) else facts.second_contact,
    )


def recipients_of(
    facts: ReminderFacts, administrators: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """The addresses of `readers_of`."""
    return tuple(reader.address for reader in readers_of(facts, administrators, now))


def retry_at(attempts: int, at: datetime) -> datetime:
    """When to try a mail again after its `attempts`-th failed attempt, which ended at `at`.

    1, 5, 15, 60 minutes, then doubling up to 6 hours. Raises ValueError below one attempt.
    """
    if attempts < 1:
        raise ValueError("nothing was attempted yet")
    return at + timedelta(minutes=_BACKOFF[min(attempts, len(_BACKOFF)) - 1])


def _first(rules: Rules) -> int:
    return max(rules.thresholds, default=-OVERDUE_STEP)


def _following(threshold: int, rules: Rules) -> int:
    """The next tighter threshold after this one."""
    weekly = -OVERDUE_STEP * (max(0, -threshold) // OVERDUE_STEP + 1)
    return max((each for each in rules.thresholds if each < threshold), default=weekly)
