"""Days of use: what any source saw, and days that nobody looked at told apart."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ago
from tokens.policy.logs import Cover
from tokens.policy.usage import HourMap
from tokens.policy.usage_days import KEPT_DAYS, DayMap, DayOfUse, days_of_use, looked_at

TODAY = date(2026, 3, 10)
marks = st.lists(st.tuples(st.integers(-200, 200), st.booleans()), max_size=40)


@given(marks)
def test_a_map_remembers_what_a_set_would(given_marks: list[tuple[int, bool]]) -> None:
    days, looked, seen = DayMap(), set(), set()
    newest = None
    for offset, was_seen in given_marks:
        day = TODAY + timedelta(days=offset)
        newest = day if newest is None else max(newest, day)
        days = days.mark(day, was_seen)
        looked.add(day)
        if was_seen:
            seen.add(day)
        oldest = newest - timedelta(days=KEPT_DAYS - 1)
        # What falls out is forgotten, even if the same day is told again later: it is too old.
        looked = {each for each in looked if each >= oldest}
        seen = {each for each in seen if each >= oldest}
    for offset in range(-300, 300, 7):
        day = TODAY + timedelta(days=offset)
        assert days.on(day) == (day in looked, day in seen)
    for day in looked:
        assert days.on(day) == (True, day in seen)


@given(marks)
def test_text_columns_hold_a_map_and_are_long_enough(given_marks: list[tuple[int, bool]]) -> None:
    days = DayMap()
    for offset, seen in given_marks:
        days = days.mark(TODAY + timedelta(days=offset), seen)
    texts = days.to_text()
    assert all(len(text) <= 24 for text in texts)
    anchor = None if days.anchor is None else NOW + (days.anchor - TODAY)
    assert DayMap.from_text(anchor, *texts) == days


def test_a_day_is_told_with_what_is_known_of_it() -> None:
    hours = HourMap().mark(ago(days=1, hours=1), seen=False).mark(ago(days=1), seen=True)
    days = DayMap().mark(TODAY - timedelta(days=40), seen=True).mark(TODAY, seen=False)
    told = days_of_use([(hours, days)], None, now=NOW, days=90)
    assert (told[0].day, told[-1].day) == (TODAY - timedelta(days=89), TODAY)
    assert told[-1] == DayOfUse(TODAY, True, False)
    assert told[-2] == DayOfUse(TODAY - timedelta(days=1), True, True, 2, 1)
    assert told[-3] == DayOfUse(TODAY - timedelta(days=2), False, False)
    assert told[-41] == DayOfUse(TODAY - timedelta(days=40), True, True)


def test_two_sources_are_no_two_uses() -> None:
    headers = HourMap().mark(ago(hours=1), seen=False).mark(NOW, seen=True)
    report = HourMap().mark(NOW, seen=True)
    told = days_of_use([(headers, DayMap()), (report, DayMap())], None, now=NOW, days=1)
    assert told == [DayOfUse(TODAY, True, True, 2, 1)]


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (ago(days=9), ago(days=8), 0),
        (ago(days=2), ago(days=1, hours=12), 0),
        (ago(days=2), ago(days=1, hours=11, minutes=30), 1),
        (ago(days=2), NOW, 24),
        (ago(days=1), NOW, 12),
    ],
)
def test_covered_hours_are_hours_looked_at(since: object, until: object, hours: int) -> None:
    cover = Cover(since, until)  # type: ignore[arg-type]  # moments
    yesterday = days_of_use([], cover, now=NOW, days=2)[0]
    assert yesterday == DayOfUse(TODAY - timedelta(days=1), hours > 0, False, hours, 0)


def test_looking_without_seeing_marks_hour_and_day() -> None:
    hours, days = looked_at(None, ("", ""), ("", ""), NOW)
    assert (hours.looked, hours.seen, days.looked, days.seen) == (1, 0, 1, 0)
    hours, days = looked_at(hours.anchor, hours.to_text(), days.to_text(), NOW + timedelta(days=3))
    assert (days.anchor, days.looked) == (TODAY + timedelta(days=3), 0b1001)
