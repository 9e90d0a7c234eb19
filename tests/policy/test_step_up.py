"""How long a password that was given counts, at the edges."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN, is_fresh, may_send

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [
        (timedelta(0), True),
        (timedelta(minutes=10) - SECOND, True),
        (timedelta(minutes=10), False),
        (timedelta(days=1), False),
        (-SECOND, False),  # the clock was set back
        (None, False),
    ],
)
def test_ten_minutes_and_never_from_the_future(ago: timedelta | None, fresh: bool) -> None:
    assert is_fresh(None if ago is None else NOW - ago, NOW) is fresh


@pytest.mark.parametrize(
    ("proved", "opened", "sent"),
    [
        (5, None, True),
        (15, None, False),
        (15, 14, True),
        (59, 59, True),
        (60, 60, False),
        (None, 70, False),
        (None, None, False),
    ],
)
def test_a_form_that_was_opened_with_a_proof_may_take_an_hour(
    proved: int | None, opened: int | None, sent: bool
) -> None:
    def ago(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOW - timedelta(minutes=minutes)

    assert may_send(proved_at=ago(proved), opened_at=ago(opened), now=NOW) is sent


def test_what_is_asked_again_is_what_the_bar_names() -> None:
    """shared/bar.md: rotate, revoke, export, keys and roles."""
    assert {
        Permission.ROTATE,
        Permission.REVOKE,
        Permission.EXPORT,
        Permission.KEYS,
        Permission.PEOPLE,
    } <= ASKED_AGAIN
    assert Permission.VIEW not in ASKED_AGAIN
