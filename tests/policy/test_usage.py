from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ago, ahead, utc
from tokens.policy.days import utc_day
from tokens.policy.usage import (
    KEPT_HOURS,
    HourMap,
    RateHeaders,
    foreign_calls,
    headers_live_until,
    own_calls,
    prune,
)

AT = 1_800_000_000.0
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("calls", "own"),
    [
        ([], 0),
        ([AT], 1),
        ([AT - 3600], 1),
        ([AT - 3719.9], 1),  # the margin
        ([AT - 3720], 0),
        ([AT + 60], 1),  # a clock that stepped back must not invent use
        ([AT - 9000, AT - 3000, AT - 1, AT], 3),
    ],
)
def test_own_calls_are_those_of_the_past_hour_and_a_margin(calls: list[float], own: int) -> None:
    assert own_calls(calls, AT) == own
    assert len(prune(calls, AT)) == own


@pytest.mark.parametrize(
    ("headers", "own", "foreign"),
    [
        (None, 3, None),
        (RateHeaders(1000, 995), 5, 0),
        (RateHeaders(1000, 995), 2, 3),
        (RateHeaders(1000, 999), 7, 0),  # a fixed window that began anew
        (RateHeaders(1000, 0), 1, 999),
        (RateHeaders(1000, 1001), 0, None),
        (RateHeaders(1000, -1), 0, None),
        (RateHeaders(0, 0), 0, None),
    ],
)
def test_only_calls_that_ours_do_not_explain(
    headers: RateHeaders | None, own: int, foreign: int | None
) -> None:
    assert foreign_calls(headers, own) == foreign


def test_an_empty_map_knows_nothing() -> None:
    assert HourMap().hours(ago(hours=2), NOW) == (0, 0, 3)
    assert headers_live_until(HourMap()) is None


def test_marks_fall_into_utc_hours_and_seen_stays() -> None:
    hours = HourMap().mark(utc("2026-03-10T11:59:59"), seen=True)
    hours = hours.mark(utc("2026-03-10T12:00"), seen=False)
    hours = hours.mark(utc("2026-03-10T11:00"), seen=False)
    assert hours == HourMap(utc("2026-03-10T12:00"), looked=0b11, seen=0b10)
    assert hours.hours(utc("2026-03-10T11:30"), utc("2026-03-10T12:30")) == (2, 1, 2)
    assert hours.hours(utc("2026-03-10T12:00"), utc("2026-03-10T13:00")) == (1, 0, 2)
    assert hours.hours(utc("2026-03-10T13:00"), utc("2026-03-10T12:00")) == (0, 0, 0)


def test_the_total_is_no_longer_than_the_memory() -> None:
    hours = HourMap().mark(NOW, seen=True)
    assert hours.hours(ago(days=99), NOW) == (1, 1, KEPT_HOURS)


def test_days_are_utc_days_today_last() -> None:
    hours = HourMap()
    for text in ("2026-03-08T23:00", "2026-03-09T00:00", "2026-03-09T23:59", "2026-03-10T00:00"):
        hours = hours.mark(utc(text), seen=text.endswith("00:00"))
    assert hours.by_day(NOW, 4) == [
        (utc_day(ago(days=3)), 0, 0),
        (utc_day(ago(days=2)), 1, 0),
        (utc_day(ago(days=1)), 2, 1),
        (utc_day(NOW), 1, 1),
    ]


def test_an_anchor_from_a_clock_far_ahead_is_given_up() -> None:
    hours = HourMap().mark(ahead(days=100), seen=True).mark(NOW, seen=False)
    assert hours.hours(NOW, NOW) == (1, 0, 1)
    assert hours.seen == 0


def test_what_is_too_old_is_forgotten() -> None:
    hours = HourMap().mark(NOW, seen=True).mark(ahead(days=31), seen=False)
    assert (hours.looked, hours.seen) == (1, 0)


MARKS = st.lists(
    st.tuples(st.integers(0, 40 * 24 * 60), st.booleans()), min_size=1, max_size=40
).map(sorted)


@given(MARKS)
def test_a_map_counts_as_a_set_of_hours_would(marks: list[tuple[int, bool]]) -> None:
    hours = HourMap()
    looked: set[datetime] = set()
    seen: set[datetime] = set()
    for minutes, used in marks:
        at = NOW + timedelta(minutes=minutes)
        hours = hours.mark(at, used)
        looked.add(at.replace(minute=0))
        seen |= {at.replace(minute=0)} if used else set()
    now = NOW + timedelta(minutes=marks[-1][0])
    last = now.replace(minute=0)
    for span in (0, 5, 24, KEPT_HOURS - 1, KEPT_HOURS):
        reach = {last - HOUR * back for back in range(min(span + 1, KEPT_HOURS))}
        expected = (len(looked & reach), len(seen & reach), len(reach))
        assert hours.hours(now - HOUR * span, now) == expected
    days = hours.by_day(now, 30)
    for day, looked_that_day, seen_that_day in days:
        assert looked_that_day == sum(utc_day(hour) == day for hour in looked)
        assert seen_that_day == sum(utc_day(hour) == day for hour in seen)
    assert days[-1][0] == utc_day(now)


@given(MARKS)
def test_text_and_back(marks: list[tuple[int, bool]]) -> None:
    hours = HourMap()
    for minutes, used in marks:
        hours = hours.mark(NOW + timedelta(minutes=minutes), used)
    assert hours.seen & ~hours.looked == 0
    assert HourMap.from_text(hours.anchor, *hours.to_text()) == hours
    assert max(map(len, hours.to_text())) <= KEPT_HOURS // 4


def test_empty_text_is_an_empty_map() -> None:
    assert HourMap.from_text(None, "", "") == HourMap()


def daily(days: list[int]) -> HourMap:
    hours = HourMap()
    for day in sorted(days, reverse=True):
        hours = hours.mark(ago(days=day), seen=False)
    return hours


@pytest.mark.parametrize(
    ("days", "until"),
    [
        (list(range(19)), None),
        # the 20th most recent day is 19 days ago, and is left behind on the 30th day after it
        (list(range(20)), "2026-03-21"),
        (list(range(30)), "2026-03-21"),
        ([0, *range(10, 29)], "2026-03-12"),
        ([0, *range(11, 30)], "2026-03-11"),
    ],
)
def test_headers_are_live_for_twenty_of_thirty_days(days: list[int], until: str | None) -> None:
    assert headers_live_until(daily(days)) == (utc(until) if until else None)


@given(st.sets(st.integers(0, 30), min_size=15), st.integers(0, 45))
def test_live_until_equals_counting_again_later(days: set[int], later: int) -> None:
    until = headers_live_until(daily(list(days)))
    then = ahead(days=later)
    today = utc_day(then)
    recent = [day for day in days if 0 <= (today - utc_day(ago(days=day))).days < 30]
    assert (until is not None and then < until) is (len(recent) >= 20)
    assert until is None or until.tzinfo is UTC
