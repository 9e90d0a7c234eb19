from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ahead, utc
from tokens.policy.days import midnight
from tokens.policy.reminders import (
    ReminderFacts,
    due_threshold,
    next_reminder,
    reached,
    recipients,
    recipients_of,
    retry_at,
)
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import State

DUE_DAY = date(2026, 6, 1)
DUE = midnight(DUE_DAY)
ADMINS = ["Root@Example.com", "ops@example.com"]


def at_left(left: int) -> datetime:
    """Seven in the morning of the day with so many days left."""
    return DUE - timedelta(days=left) + timedelta(hours=7)


@pytest.mark.parametrize(
    ("left", "threshold"),
    [
        (90, None),
        (31, None),
        (30, 30),
        (15, 30),
        (14, 14),
        (8, 14),
        (7, 7),
        (2, 7),
        (1, 1),
        (0, 0),
        (-1, 0),
        (-6, 0),
        (-7, -7),
        (-13, -7),
        (-14, -14),
        (-100, -98),
    ],
)
def test_the_tightest_threshold_reached(left: int, threshold: int | None) -> None:
    assert reached(left, DEFAULT) == threshold


@pytest.mark.parametrize(
    ("done", "left", "due"),
    [
        (None, 31, None),
        (None, 30, 30),
        (30, 30, None),
        (30, 29, None),
        (30, 14, 14),
        (30, 5, 7),  # missed days: only the tightest
        (None, 0, 0),
        (0, -6, None),
        (0, -7, -7),
        (0, -29, -28),
        (-28, -14, None),  # a clock that stepped back sends nothing twice
        (14, 20, None),
    ],
)
def test_what_is_due(done: int | None, left: int, due: int | None) -> None:
    facts = ReminderFacts(State.ACTIVE, DUE, done)
    assert due_threshold(facts, DEFAULT, at_left(left)) == due


def test_a_day_changes_at_midnight_utc() -> None:
    facts = ReminderFacts(State.ACTIVE, DUE)
    assert due_threshold(facts, DEFAULT, utc("2026-05-01T23:59:59")) is None
    assert due_threshold(facts, DEFAULT, utc("2026-05-02T00:00:00")) == 30


@pytest.mark.parametrize("state", [State.REPLACED, State.REVOKED])
def test_only_active_tokens_are_reminded_of(state: State) -> None:
    assert due_threshold(ReminderFacts(state, DUE), DEFAULT, at_left(-7)) is None


@pytest.mark.parametrize(
    ("done", "left", "expected"),
    [
        (None, 60, (30, date(2026, 5, 2))),
        (None, 30, (30, date(2026, 5, 2))),  # due now: today
        (None, 22, (30, date(2026, 5, 10))),
        (30, 30, (14, date(2026, 5, 18))),
        (7, 5, (1, date(2026, 5, 31))),
        (1, 1, (0, DUE_DAY)),
        (0, 0, (-7, date(2026, 6, 8))),
        (0, -9, (-7, date(2026, 6, 10))),
        (-7, -9, (-14, date(2026, 6, 15))),
        (-7, 20, (-14, date(2026, 6, 15))),
    ],
)
def test_next_reminder(done: int | None, left: int, expected: tuple[int, date]) -> None:
    assert next_reminder(due_at=DUE, done=done, rules=DEFAULT, now=at_left(left)) == expected


RUNS = st.sets(st.integers(-60, 100), max_size=80)
POLICIES = st.lists(st.integers(0, 60), max_size=6, unique=True).map(
    lambda days: Rules(thresholds=tuple(days))
)


@given(RUNS, POLICIES)
def test_a_missed_day_delays_and_never_skips_and_nothing_comes_twice(
    runs: set[int], rules: Rules
) -> None:
    """`runs` are the days left on which the scheduler was alive."""
    every = {*rules.thresholds, *range(-7, -70, -7)}
    sent: list[int] = []
    for left in sorted(runs, reverse=True):
        done = min(sent, default=None)
        promised = next_reminder(due_at=DUE, done=done, rules=rules, now=at_left(left))
        threshold = due_threshold(ReminderFacts(State.ACTIVE, DUE, done), rules, at_left(left))
        # the page promises today's exactly where one goes out today
        assert (promised == (threshold, at_left(left).date())) is (threshold is not None)
        assert promised[1] >= at_left(left).date()
        if threshold is not None:
            sent.append(threshold)
        # after every run, all that was reached is done, by itself or by a tighter one
        tightest = min((each for each in every if each >= left), default=None)
        assert min(sent, default=None) == tightest
    assert len(sent) == len(set(sent))
    assert sent == sorted(sent, reverse=True)


@given(st.integers(0, 200), POLICIES)
def test_the_promise_is_kept(start: int, rules: Rules) -> None:
    now = at_left(start)
    threshold, day = next_reminder(due_at=DUE, done=None, rules=rules, now=now)
    facts = ReminderFacts(State.ACTIVE, DUE)
    assert due_threshold(facts, rules, midnight(day)) == threshold
    if day > now.date():
        assert due_threshold(facts, rules, midnight(day) - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("owner", "left", "failing", "expected"),
    [
        ("Ann@Example.com", 14, False, ("ann@example.com",)),
        ("ann@example.com", 0, False, ("ann@example.com",)),
        ("ann@example.com", -1, False, ("ann@example.com", "root@example.com", "ops@example.com")),
        ("ann@example.com", 14, True, ("ann@example.com", "root@example.com", "ops@example.com")),
        (None, 14, False, ("root@example.com", "ops@example.com")),
        ("", 14, False, ("root@example.com", "ops@example.com")),
        ("ROOT@example.com", -1, False, ("root@example.com", "ops@example.com")),
    ],
)
def test_recipients(owner: str | None, left: int, failing: bool, expected: tuple[str, ...]) -> None:
    assert (
        recipients(owner=owner, administrators=ADMINS, days_left=left, failing=failing) == expected
    )
    facts = ReminderFacts(State.ACTIVE, DUE, owner=owner, failing=failing)
    assert recipients_of(facts, ADMINS, at_left(left)) == expected


def test_nobody_to_tell_is_nobody() -> None:
    assert recipients(owner=None, administrators=[], days_left=-9, failing=True) == ()


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 1), (2, 5), (3, 15), (4, 60), (5, 120), (6, 240), (7, 360), (8, 360), (99, 360)],
)
def test_mail_backs_off(attempts: int, minutes: int) -> None:
    assert retry_at(attempts, NOW) == ahead(minutes=minutes)


def test_no_retry_without_an_attempt() -> None:
    with pytest.raises(ValueError, match="attempted"):
        retry_at(0, NOW)
