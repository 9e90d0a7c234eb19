"""How long a sign-in lasts, at the edges."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.policy.sessions import is_over, is_worth_noting

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "idle", "over"),
    [
        (timedelta(0), timedelta(0), False),
        (timedelta(hours=12) - SECOND, SECOND, False),
        (timedelta(hours=12), SECOND, True),
        (timedelta(hours=3), timedelta(hours=2) - SECOND, False),
        (timedelta(hours=3), timedelta(hours=2), True),
    ],
)
def test_twelve_hours_and_two_without_a_sign_of_life(
    age: timedelta, idle: timedelta, over: bool
) -> None:
    assert is_over(started_at=NOW - age, seen_at=NOW - idle, now=NOW) is over


def test_what_began_nobody_knows_when_is_over() -> None:
    assert is_over(started_at=None, seen_at=NOW, now=NOW)
    assert is_over(started_at=NOW, seen_at=None, now=NOW)


@pytest.mark.parametrize(
    ("ago", "noted"), [(0, False), (59, False), (60, True), (-1, True), (None, True)]
)
def test_a_sign_of_life_is_noted_once_a_minute(ago: int | None, noted: bool) -> None:
    seen = None if ago is None else NOW - ago * SECOND
    assert is_worth_noting(seen_at=seen, now=NOW) is noted
