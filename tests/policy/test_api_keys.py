"""What a key may do, how long it lives, and when its end is told."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.policy.api_keys import (
    KEYABLE,
    LONGEST_DAYS,
    Standing,
    due_threshold,
    ends_at,
    standing,
)
from tokens.policy.roles import Permission

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("expires", "revoked", "found"),
    [
        (SECOND, None, Standing.IN_FORCE),
        (timedelta(0), None, Standing.EXPIRED),
        (-SECOND, None, Standing.EXPIRED),
        (timedelta(days=9), NOW, Standing.REVOKED),
        (-timedelta(days=9), NOW, Standing.REVOKED),
    ],
)
def test_a_key_ends_to_the_second(
    expires: timedelta, revoked: datetime | None, found: Standing
) -> None:
    assert standing(expires_at=NOW + expires, revoked_at=revoked, now=NOW) is found


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1])
def test_no_key_lives_for_ever(days: int) -> None:
    with pytest.raises(ValueError, match="1 to 365"):
        ends_at(days=days, now=NOW)


@pytest.mark.parametrize(
    ("left", "done", "threshold"),
    [
        (15, None, None),
        (14, None, 14),
        (13, 14, None),
        (7, 14, 7),
        (5, 14, 7),  # a missed day delays and never skips
        (1, None, 1),  # of several at once the tightest
        (0, 1, 0),
        (0, 0, None),
        (-1, None, None),
    ],
)
def test_the_end_is_told_as_a_rotation_is(
    left: int, done: int | None, threshold: int | None
) -> None:
    ends = NOW + timedelta(days=left)
    assert due_threshold(expires_at=ends, revoked_at=None, done=done, now=NOW) == threshold


def test_of_a_revoked_key_nobody_is_told() -> None:
    assert due_threshold(expires_at=NOW, revoked_at=NOW, done=None, now=NOW) is None


def test_no_key_makes_keys_or_changes_accounts() -> None:
    assert {Permission.KEYS, Permission.PEOPLE, Permission.END_HOLD}.isdisjoint(KEYABLE)
