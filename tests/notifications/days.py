"""Tokens by days left."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import make_token
from tokens.models import Token

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def token_due_in(days: int, *, now: datetime = NOON, **fields: Any) -> Token:
    """A token with so many days left at `now` (negative: overdue)."""
    issued = (now + timedelta(days=days - 90)).replace(hour=0, minute=0)
    stored = min(issued + timedelta(hours=8), now)
    return make_token(issued_at=issued, now=stored, **fields)
