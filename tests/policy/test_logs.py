"""Cover of imported logs: one stretch without a gap, live while it reaches into the present."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ago
from tokens.policy.logs import FRESH, SEAM, Cover

US = timedelta(microseconds=1)
TODAY = Cover(ago(days=1), NOW)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (None, TODAY),
        (Cover(ago(days=2), ago(days=1)), Cover(ago(days=2), NOW)),
        (Cover(ago(days=2), ago(days=1) - SEAM), Cover(ago(days=2), NOW)),
        (Cover(ago(days=2), ago(days=1) - SEAM - US), TODAY),
        (Cover(ago(days=3), NOW + US), Cover(ago(days=3), NOW + US)),
        (Cover(ago(hours=2), ago(hours=1)), TODAY),
        (TODAY, TODAY),
    ],
)
def test_cover_grows_where_it_touches(earlier: Cover | None, expected: Cover) -> None:
    assert TODAY.joined(earlier) == expected


def test_an_old_log_brought_in_late_takes_nothing_away() -> None:
    assert Cover(ago(days=90), ago(days=80)).joined(TODAY) == TODAY


SPANS = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(
    lambda pair: Cover(*sorted(NOW + timedelta(hours=hours) for hours in pair))
)


@given(SPANS, SPANS)
def test_the_order_of_imports_does_not_matter(one: Cover, other: Cover) -> None:
    joined = one.joined(other)
    assert joined == other.joined(one)
    assert joined.until == max(one.until, other.until)
    assert joined.since in {one.since, other.since}


def test_live_covers_all_days_and_ended_just_now() -> None:
    assert Cover(ago(days=30), ago(hours=48) + US).is_live(unused_days=30, now=NOW)
    assert not Cover(ago(days=30) + US, NOW).is_live(unused_days=30, now=NOW)
    assert not Cover(ago(days=90), NOW - FRESH).is_live(unused_days=30, now=NOW)
