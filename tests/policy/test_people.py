"""The days around a leaving: the last one with access, the first one without."""

from datetime import date

import pytest

from tokens.policy.people import gone_from, is_gone, is_leaving_soon

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("leaving_on", "left_on", "first"),
    [
        (None, None, None),
        (date(2026, 3, 10), None, date(2026, 3, 11)),
        (None, date(2026, 3, 10), date(2026, 3, 10)),
        (date(2026, 3, 10), date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 1), date(2026, 3, 9), date(2026, 3, 2)),
        (date(2028, 2, 29), None, date(2028, 3, 1)),
    ],
)
def test_the_first_day_without_access(
    leaving_on: date | None, left_on: date | None, first: date | None
) -> None:
    assert gone_from(leaving_on, left_on) == first


def test_gone_from_that_day_on() -> None:
    assert not is_gone(None, TODAY)
    assert is_gone(TODAY, TODAY)
    assert not is_gone(date(2026, 3, 11), TODAY)


@pytest.mark.parametrize(
    ("leaving_on", "left_on", "soon"),
    [
        (None, None, False),
        (date(2026, 3, 9), None, False),  # over
        (date(2026, 3, 10), None, True),  # the last day is today
        (date(2026, 4, 9), None, True),  # 30 days ahead
        (date(2026, 4, 10), None, False),
        (date(2026, 3, 20), date(2026, 3, 10), False),
        (None, date(2026, 3, 10), False),
    ],
)
def test_leaving_soon(leaving_on: date | None, left_on: date | None, soon: bool) -> None:
    assert is_leaving_soon(leaving_on, left_on, TODAY) is soon
