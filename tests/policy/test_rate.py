"""Turns of a budget of requests per second, tabulated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.policy.rate import (
    CHUNK_SECONDS,
    SAVED_SECONDS,
    SHARERS,
    asked_in,
    chunk,
    farthest,
    share,
    take,
)

NOW = 1_000.0


@pytest.mark.parametrize(
    ("per_second", "given_until", "count", "wait", "until"),
    [
        (10, None, 2, 0.0, NOW - 0.1 + 0.2),  # the first one of all
        (10, NOW - 60, 2, 0.0, NOW - 0.1 + 0.2),  # a pause is not saved up, but for a moment
        (10, NOW - 0.05, 2, 0.0, NOW + 0.15),  # a little late: made up for
        (10, NOW, 2, 0.0, NOW + 0.2),
        (10, NOW + 0.2, 2, 0.2, NOW + 0.4),  # somebody else was here
        (10, NOW + 19.9, 2, 19.9, NOW + 20.1),
        (10, NOW + 20.1, 2, 0.0, NOW + 0.1),  # farther than anybody takes: not believed
        (10, NOW + 9e9, 2, 0.0, NOW + 0.1),
        (0.5, NOW + 2, 1, 2.0, NOW + 4),  # one every two seconds
        (1, NOW + 99, 1, 99.0, NOW + 100),  # a hundred wait
        (500, NOW, 100, 0.0, NOW + 0.2),
    ],
)
def test_the_next_turns(
    per_second: float, given_until: float | None, count: int, wait: float, until: float
) -> None:
    turns = take(given_until, per_second=per_second, now=NOW)
    assert turns.count == count
    assert turns.wait == pytest.approx(wait)
    assert turns.given_until == pytest.approx(until)


@given(
    per_second=st.floats(0.01, 5_000),
    pauses=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_no_more_than_the_budget_goes_out(per_second: float, pauses: list[float]) -> None:
    """Whoever comes when: over the whole time it is the rate, one chunk and what was saved."""
    now, until, taken = NOW, None, 0
    for pause in pauses:
        now += pause
        turns = take(until, per_second=per_second, now=now)
        until, taken = turns.given_until, taken + turns.count
        assert turns.wait <= farthest(per_second)
        seconds = now + turns.wait - NOW
        assert taken <= per_second * (seconds + SAVED_SECONDS) + turns.count + 1e-6


@pytest.mark.parametrize(
    ("per_second", "turns"), [(0.1, 1), (1, 1), (9, 1), (10, 2), (100, 20), (1_000, 200)]
)
def test_a_chunk_is_small_and_never_none(per_second: float, turns: int) -> None:
    assert chunk(per_second) == turns
    assert turns == 1 or turns / per_second <= CHUNK_SECONDS


@pytest.mark.parametrize(
    ("sharers", "own"), [(None, 100 / SHARERS), (0, 100.0), (1, 100.0), (4, 25.0)]
)
def test_the_share_of_who_cannot_ask_the_others(sharers: int | None, own: float) -> None:
    assert share(100, sharers=sharers) == own


def test_what_is_surely_asked_about_in_time() -> None:
    assert asked_in(120, per_second=8) == 120
    assert asked_in(120, per_second=0.01) == 1
