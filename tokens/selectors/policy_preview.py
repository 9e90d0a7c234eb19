"""What other numbers of the policy would mean for the tokens that are here, before they count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from tokens.models import Token
from tokens.models.flag_queries import ACTIVE, flagged
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag

#: Flags that depend on the numbers alone, beside the two that depend on the due day.
BY_NUMBERS = (Flag.UNUSED, Flag.STALE, Flag.NOT_REVOKED)


@dataclass(frozen=True, slots=True)
class Effect:
    """How many tokens carry a flag now, and would carry it."""

    flag: str
    before: int
    after: int

    @property
    def more(self) -> int:
        return self.after - self.before


def effects(present: Rules, proposed: Rules, now: datetime) -> list[Effect]:
    """Tokens due, overdue and flagged under both; one query."""
    columns = {
        f"{when}_{flag.value}": Count("pk", filter=asked)
        for when, rules in (("before", present), ("after", proposed))
        for flag, asked in _conditions(rules, now).items()
    }
    found = Token.objects.exclude(state="revoked").aggregate(**columns)
    return [
        Effect(flag.value, found[f"before_{flag.value}"], found[f"after_{flag.value}"])
        for flag in (Flag.OVERDUE, Flag.EXPIRING, *BY_NUMBERS)
    ]


def _conditions(rules: Rules, now: datetime) -> dict[Flag, Q]:
    overdue = ACTIVE & _due_before(rules, now, days=0)
    return {
        Flag.OVERDUE: overdue,
        Flag.EXPIRING: ACTIVE & _due_before(rules, now, days=rules.warn_days + 1) & ~overdue,
        **{flag: flagged(flag, rules=rules, now=now) for flag in BY_NUMBERS},
    }


def _due_before(rules: Rules, now: datetime, *, days: int) -> Q:
    """Due before today + `days`, by the facts and not by the column, which still says the present.

    Due on issue day + n means: before a day d if issued before d - n (policy.days.due_at).
    """
    limit = utc_day(now) + timedelta(days=days)
    issued = midnight(limit - timedelta(days=rules.rotate_days))
    stored = midnight(limit - timedelta(days=rules.warn_days))
    compromised = Q(secret__compromise__recorded_at__lt=midnight(limit))
    return compromised | Q(issued_at__lt=issued) | Q(issued_at__isnull=True, stored_at__lt=stored)
