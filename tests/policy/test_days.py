from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.policy.moments import utc
from tokens.policy.days import age_days, days_left, due_at, midnight, utc_day
from tokens.policy.settings import DEFAULT, Rules

EAST = timezone(timedelta(hours=14))
WEST = timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (utc("2026-01-01T00:00:00"), date(2026, 4, 1)),
        (utc("2026-01-01T23:59:59.999999"), date(2026, 4, 1)),
        (utc("2026-01-02T00:00:00"), date(2026, 4, 2)),
        (utc("2027-12-01T00:00:00"), date(2028, 2, 29)),  # a leap day is a due day like others
        (utc("2028-02-29T12:00:00"), date(2028, 5, 29)),
        (utc("2026-12-31T23:00:00"), date(2027, 3, 31)),
        # the UTC day counts, whatever zone the moment came in
        (datetime(2026, 1, 2, 13, 59, tzinfo=EAST), date(2026, 4, 1)),
        (datetime(2026, 1, 1, 12, 0, tzinfo=WEST), date(2026, 4, 2)),
    ],
)
def test_due_day_is_issue_day_plus_ninety(issued: datetime, due: date) -> None:
    moment = due_at(issued_at=issued, stored_at=utc("2026-09-09T09:00"), rules=DEFAULT)
    assert moment == midnight(due)
    assert moment.tzinfo is UTC


def test_unknown_issue_day_is_due_after_the_warning_days() -> None:
    stored = utc("2026-03-10T23:59")
    assert due_at(issued_at=None, stored_at=stored, rules=DEFAULT) == utc("2026-03-24T00:00")
    assert due_at(issued_at=None, stored_at=stored, rules=Rules(warn_days=3)) == utc("2026-03-13")


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        ("2026-03-01", date(2026, 3, 10)),  # due that very day, not in three months
        ("2025-01-01", date(2025, 4, 1)),  # overdue before, overdue still
        (None, date(2026, 3, 10)),
    ],
)
def test_a_compromised_token_is_due_that_day_at_the_latest(issued: str | None, due: date) -> None:
    for rules in (DEFAULT, Rules(rotate_days=90, warn_days=30)):
        moment = due_at(
            issued_at=utc(issued) if issued else None,
            stored_at=utc("2026-03-09T22:00"),
            rules=rules,
            compromised_at=utc("2026-03-10T23:59"),
        )
        assert moment == midnight(due)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-03-31T23:59:59.999999", 1),
        ("2026-04-01T00:00:00", 0),  # D + 90
        ("2026-04-01T23:59:59.999999", 0),
        ("2026-04-02T00:00:00", -1),  # D + 91
        ("2026-01-01T00:00:00", 90),
        ("2026-04-08T12:00:00", -7),
    ],
)
def test_days_left_change_at_midnight_utc(now: str, left: int) -> None:
    due = due_at(issued_at=utc("2026-01-01T18:30"), stored_at=utc(now), rules=DEFAULT)
    assert days_left(due, utc(now)) == left


@pytest.mark.parametrize(
    ("issued", "now", "age"),
    [
        ("2026-03-01T23:59:59", "2026-03-02T00:00:00", 1),
        ("2026-03-02T00:00:00", "2026-03-02T23:59:59", 0),
        ("2028-02-28T00:00:00", "2028-03-01T00:00:00", 2),
        ("2027-02-28T00:00:00", "2027-03-01T00:00:00", 1),
        ("2026-03-03T00:00:00", "2026-03-02T12:00:00", 0),  # issued tomorrow: never below 0
    ],
)
def test_age_is_a_difference_of_dates(issued: str, now: str, age: int) -> None:
    stored = utc("2020-01-01T00:00")
    assert age_days(issued_at=utc(issued), stored_at=stored, now=utc(now)) == age


def test_unknown_age_counts_from_storing() -> None:
    stored, now = utc("2026-03-01T22:00"), utc("2026-03-05T01:00")
    assert age_days(issued_at=None, stored_at=stored, now=now) == 4


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        utc_day(datetime.fromisoformat("2026-01-01"))


@pytest.mark.parametrize(
    "wrong",
    [{"rotate_days": 0}, {"warn_days": -1}, {"stale_hours": 0}, {"thresholds": (7, -3)}],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"polic|thresholds"):
        Rules(**wrong)  # type: ignore[arg-type]
