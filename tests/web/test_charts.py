"""The charts say what they draw, and turn red on the day the policy says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.templatetags import shell
from tokens.web import charts
from tokens.web.charts_days import day_strip


@pytest.mark.parametrize(
    ("days", "tone", "width"),
    [
        (0, "ok", 2.0),
        (75, "ok", 83.3),
        (76, "amber", 84.4),
        (90, "amber", 100.0),
        (91, "red", 100.0),
    ],
)
def test_an_age_turns_amber_in_the_warning_days_and_red_the_day_after(
    days: int, tone: str, width: float
) -> None:
    assert charts.age_bar(days, limit=90, warn=14) == charts.AgeBar(width, tone)


@given(st.dictionaries(st.integers(0, 4000), st.integers(0, 500)), st.integers(1, 400))
def test_no_token_is_lost_and_every_bar_stays_inside(counts: dict[int, int], limit: int) -> None:
    chart = charts.age_histogram(counts, limit=limit, warn=14)
    assert sum(bar.count for bar in chart.bars) == chart.total == sum(counts.values())
    assert all(bar.y >= 0 and bar.y + bar.height <= charts.HEIGHT + 0.01 for bar in chart.bars)
    assert 0 < chart.limit_x < charts.WIDTH
    places = [mark.x for mark in chart.axis]
    assert places == sorted(set(places))
    assert chart.limit_x in places


def test_columns_are_named_and_toned_by_the_policy() -> None:
    chart = charts.age_histogram({0: 2, 89: 1, 90: 1, 1000: 3}, limit=90, warn=14)
    assert [(bar.label, bar.count, bar.tone) for bar in chart.bars if bar.count] == [
        ("0 to 9 days", 2, "ok"),
        ("80 to 89 days", 1, "amber"),
        ("90 to 99 days", 1, "red"),
        ("110 days and older", 3, "red"),
    ]
    assert [(mark.text, mark.x) for mark in chart.axis] == [
        ("0", 0), ("30", 25), ("60", 50), ("90", 75), ("110+", 100),
    ]  # fmt: skip
    assert chart.limit_x == 75.0


def test_a_day_nobody_looked_is_not_a_day_without_use() -> None:
    chart = charts.sparkline([(date(2026, 11, 2), 24, 7), (date(2026, 11, 3), 0, 0)])
    assert [bar.label for bar in chart.bars] == [
        "2 Nov: seen in 7 of 24 hours",
        "3 Nov: not looked at",
    ]
    assert (chart.looked, chart.seen, chart.days) == (24, 7, 2)
    assert chart.bars[1].tone == "none"


def test_ninety_days_stand_side_by_side_and_equal_ones_are_told_once() -> None:
    first = date(2026, 8, 27)
    days = [(first + timedelta(days=n), n >= 20, n in {30, 31}) for n in range(90)]
    chart = day_strip(days)
    assert (chart.days, chart.looked, chart.seen, chart.unit) == (90, 70, 2, "days")
    assert chart.told == (
        "27 Aug to 15 Sep: not looked at",
        "16 Sep to 25 Sep: looked at, not seen",
        "26 Sep to 27 Sep: seen in use",
        "28 Sep to 24 Nov: looked at, not seen",
    )
    assert all(bar.width > 0 and bar.x + bar.width <= charts.WIDTH for bar in chart.bars)
    assert {bar.tone for bar in chart.bars[:20]} == {"none"}
    assert chart.bars[30].label == "26 Sep: seen in use"
    assert chart.bars[30].height == charts.HEIGHT > chart.bars[29].height
    assert day_strip(days[30:31]).told == ("26 Sep: seen in use",)


NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=48), "2 days ago"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_moments_near_by_are_told_from_now(gap: timedelta, words: str) -> None:
    assert shell.ago(NOW - gap, NOW) == words


def test_days_and_moments_are_utc_whatever_zone_they_come_in() -> None:
    midnight = datetime(2026, 11, 12, tzinfo=UTC).astimezone(ZoneInfo("America/Lima"))
    assert shell.utc_day(midnight) == "12 Nov 2026"
    assert shell.iso_day(midnight) == "2026-11-12"
    assert shell.utc_moment(midnight) == "12 Nov 2026, 00:00 UTC"
    assert shell.iso(midnight) == "2026-11-12T00:00:00Z"


def test_an_address_breaks_behind_the_at_and_in_front_of_dots() -> None:
    assert shell.split_address("ada.b@mail.acme.example") == (
        "ada.b@",
        ["mail", ".acme", ".example"],
    )
    assert shell.split_address("nobody") == ("nobody", [""])
