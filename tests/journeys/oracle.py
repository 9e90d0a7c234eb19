"""Which reminders are due, told by shared/interfaces.md alone: no product code but the models."""

from __future__ import annotations

from datetime import datetime, timedelta

from tokens.models import Token
from tokens.policy.settings import Rules

Reminder = tuple[str, int, str]


def tightest(left: int) -> int | None:
    """The tightest threshold that so many days left have reached; None where none is."""
    return min((t for t in (30, 14, 7, 1, 0, *range(-7, -400, -7)) if left <= t), default=None)


class Oracle:
    """Remembers what it said was due, as the ledger must."""

    def __init__(self, rules: Rules, *, administrators: list[str]) -> None:
        self._rules = rules
        self._administrators = administrators
        self._done: dict[tuple[str, datetime], int] = {}

    def due(self, now: datetime) -> list[Reminder]:
        """(label, threshold, recipient) of every reminder that has to go out now, sorted."""
        found: list[Reminder] = []
        tokens = Token.objects.filter(state="active").select_related("owner", "secret")
        for token in tokens:
            base = token.issued_at or token.stored_at
            days = self._rules.rotate_days if token.issued_at else self._rules.warn_days
            due = datetime(base.year, base.month, base.day, tzinfo=base.tzinfo)
            due += timedelta(days=days)
            left = (due.date() - now.date()).days
            threshold = tightest(left)
            key = (token.label, due)
            if threshold is None or threshold >= self._done.get(key, 10**6):
                continue
            self._done[key] = threshold
            found.extend((token.label, threshold, to) for to in self._to(token, left))
        return sorted(found)

    def _to(self, token: Token, left: int) -> set[str]:
        owner = {token.owner.email} if token.owner else set()
        everybody = left < 0 or not token.owner or token.secret.health == "failing"
        return owner | (set(self._administrators) if everybody else set())
