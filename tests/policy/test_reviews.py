"""When a reviewer is reminded: at the start, 7 and 1 days before, on the day, weekly after it."""

from datetime import date, timedelta

import pytest

from tokens.policy.reviews import START, due_reminder, reached, still_due

DUE = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("left", "threshold"),
    [(60, START), (8, START), (7, 7), (5, 7), (2, 7), (1, 1), (0, 0), (-1, 0), (-6, 0), (-7, -7),
     (-13, -7), (-14, -14), (-100, -98)],
)  # fmt: skip
def test_the_tightest_threshold_reached(left: int, threshold: int) -> None:
    assert reached(left) == threshold


def told(days: range) -> list[tuple[int, int]]:
    """Walk through these days left with one run a day; when was what told?"""
    done: int | None = None
    found = []
    for left in days:
        threshold = due_reminder(due_on=DUE, today=DUE - timedelta(days=left), done=done)
        if threshold is not None:
            found.append((left, threshold))
            done = threshold
    return found


def test_once_per_occasion_from_start_to_long_after() -> None:
    assert told(range(30, -22, -1)) == [
        (30, START), (7, 7), (1, 1), (0, 0), (-7, -7), (-14, -14), (-21, -21),
    ]  # fmt: skip


def test_a_short_review_is_told_once_at_its_start() -> None:
    assert told(range(3, -1, -1)) == [(3, 7), (1, 1), (0, 0)]


def test_missed_days_delay_and_never_skip() -> None:
    assert told(range(30, -40, -11)) == [(30, START), (-3, 0), (-14, -14), (-25, -21), (-36, -35)]


def test_a_queued_reminder_gives_way_to_a_tighter_one() -> None:
    assert still_due(due_on=DUE, today=DUE - timedelta(days=9), threshold=START)
    assert not still_due(due_on=DUE, today=DUE - timedelta(days=7), threshold=START)
