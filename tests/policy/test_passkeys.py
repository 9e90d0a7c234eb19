"""How long a challenge may be answered, and what a counter may do."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.policy.passkeys import counts_on, is_answerable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "may"), [(-1, False), (0, True), (299, True), (300, False), (86_400, False)]
)
def test_a_challenge_waits_five_minutes(seconds: int, may: bool) -> None:
    assert is_answerable(NOW - timedelta(seconds=seconds), NOW) is may


@pytest.mark.parametrize(
    ("stored", "given", "goes_on"),
    [
        (0, 0, True),  # does not count at all
        (0, 1, True),
        (7, 8, True),
        (7, 900, True),
        (7, 7, False),
        (7, 6, False),
        (7, 0, False),  # counted once, and no more: another device
    ],
)
def test_a_counter_may_only_grow(stored: int, given: int, goes_on: bool) -> None:
    assert counts_on(stored, given) is goes_on
