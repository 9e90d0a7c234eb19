"""How long reminders may be put off, and that nothing comes while they are."""

from datetime import date, datetime, timedelta

import pytest

from tests.policy.moments import utc
from tokens.policy.days import midnight, utc_day
from tokens.policy.reminders import ReminderFacts, due_threshold
from tokens.policy.settings import DEFAULT
from tokens.policy.snooze import back_at, is_snoozed, latest_end
from tokens.policy.vocabulary import State

TODAY = date(2026, 3, 10)
NOW = midnight(TODAY) + timedelta(hours=9)


@pytest.mark.parametrize(
    ("until", "snoozed"),
    [
        (None, False),
        (date(2026, 3, 9), False),
        (date(2026, 3, 10), True),
        (date(2026, 3, 11), True),
    ],
)
def test_it_lasts_up_to_and_including_its_end(until: date | None, snoozed: bool) -> None:
    assert is_snoozed(until, TODAY) is snoozed


@pytest.mark.parametrize(
    ("left", "days_ahead"),
    [(90, 30), (30, 30), (24, 30), (23, 30), (22, 29), (10, 17), (1, 8), (0, 7), (-1, 7), (-50, 7)],
)
def test_thirty_days_and_a_week_past_the_due_day(left: int, days_ahead: int) -> None:
    due = midnight(TODAY + timedelta(days=left))
    assert latest_end(due, NOW) == TODAY + timedelta(days=days_ahead)


def test_reminders_are_back_at_the_midnight_after_it() -> None:
    assert back_at(date(2026, 3, 28)) == utc("2026-03-29")


@pytest.mark.parametrize(
    ("until", "done", "at", "threshold"),
    [
        (date(2026, 5, 20), None, utc("2026-05-20T23:59"), None),
        (date(2026, 5, 20), None, utc("2026-05-21"), 14),
        (date(2026, 5, 26), 14, utc("2026-05-26T12:00"), None),
        (date(2026, 5, 26), 14, utc("2026-05-27T07:00"), 7),
        (date(2026, 6, 5), 14, utc("2026-06-06T07:00"), 0),
        (None, 14, utc("2026-05-25T07:00"), 7),
    ],
)
def test_afterwards_the_tightest_threshold_only(
    until: date | None, done: int | None, at: datetime, threshold: int | None
) -> None:
    facts = ReminderFacts(State.ACTIVE, utc("2026-06-01"), done=done, snoozed_until=until)
    assert due_threshold(facts, DEFAULT, at) == threshold
    if until is not None and utc_day(at) <= until:
        assert threshold is None
