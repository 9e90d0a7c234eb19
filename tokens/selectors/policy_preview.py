"""What other policies would mean for the tokens that are here, before they count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from tokens.models import Token
from tokens.models.flag_queries import ACTIVE, flagged, without_excepted
from tokens.models.policy_queries import by_policy, chosen
from tokens.policy.book import BASE, Book, InForce, book_of
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag

#: Flags that depend on the numbers alone, beside the two that depend on the due day.
BY_NUMBERS = (Flag.UNUSED, Flag.STALE, Flag.NOT_REVOKED)
SHOWN = (Flag.OVERDUE, Flag.EXPIRING, *BY_NUMBERS)
#: So many tokens are named that would be flagged anew.
EXAMPLES = 10
#: The columns that say which policy holds, now and then.
_NOW, _THEN = "policy", "then"


@dataclass(frozen=True, slots=True)
class Effect:
    """How many tokens carry a flag now, and would carry it."""

    flag: str
    before: int
    after: int

    @property
    def more(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Example:
    """A token that would be flagged, and is not."""

    id: UUID
    integration: str
    company: str
    flag: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`applied` tokens go by the policy now and `applies` would; `joins` and `leaves` are those
    that differ. `examples`: the first of those that would be flagged anew."""

    applied: int
    applies: int
    joins: int
    leaves: int
    effects: tuple[Effect, ...]
    examples: tuple[Example, ...]

    @property
    def changes(self) -> bool:
        return bool(self.joins or self.leaves or any(one.more for one in self.effects))


def preview(present: InForce, proposed: InForce, policy: int, now: datetime) -> Preview:
    """What saving `proposed` would do, above all to the tokens of `policy`; two queries."""
    conditions = _both(book_of(present), book_of(proposed), now)
    held, holds = _holds(policy, _NOW), _holds(policy, _THEN)
    counted = _tokens(proposed).aggregate(
        applied=Count("pk", filter=held),
        applies=Count("pk", filter=holds),
        joins=Count("pk", filter=holds & ~held),
        leaves=Count("pk", filter=held & ~holds),
        **_counts(conditions),
    )
    own = {name: counted[name] for name in ("applied", "applies", "joins", "leaves")}
    examples = _examples(_tokens(proposed), conditions)
    return Preview(**own, effects=_effects(counted), examples=examples)


def effects(present: InForce, proposed: InForce, now: datetime) -> list[Effect]:
    """Tokens due, overdue and flagged under both; one query."""
    conditions = _both(book_of(present), book_of(proposed), now)
    return list(_effects(_tokens(proposed).aggregate(**_counts(conditions))))


def _tokens(proposed: InForce) -> QuerySet[Token]:
    found = Token.objects.exclude(state="revoked")
    return found.alias(**{_THEN: chosen(book_of(proposed))})


def _holds(policy: int, column: str) -> Q:
    nothing = Q(**{f"{column}__isnull": True}) if policy == BASE else Q(pk__in=[])
    return Q(**{column: policy}) | nothing


def _both(present: Book, proposed: Book, now: datetime) -> dict[Flag, tuple[Q, Q]]:
    before, after = _conditions(present, now, _NOW), _conditions(proposed, now, _THEN)
    return {flag: (before[flag], after[flag]) for flag in SHOWN}


def _counts(conditions: dict[Flag, tuple[Q, Q]]) -> dict[str, Count]:
    return {
        f"{when}_{flag.value}": Count("pk", filter=asked)
        for flag, pair in conditions.items()
        for when, asked in zip(("before", "after"), pair, strict=True)
    }


def _effects(counted: dict[str, int]) -> tuple[Effect, ...]:
    return tuple(
        Effect(flag.value, counted[f"before_{flag.value}"], counted[f"after_{flag.value}"])
        for flag in SHOWN
    )


def _examples(tokens: QuerySet[Token], conditions: dict[Flag, tuple[Q, Q]]) -> tuple[Example, ...]:
    anew = {flag: after & ~before for flag, (before, after) in conditions.items()}
    whens = [When(asked, then=Value(flag.value)) for flag, asked in anew.items()]
    rank = Case(*whens, output_field=CharField())
    found = tokens.annotate(anew=rank).filter(anew__isnull=False).order_by("due_at", "pk")
    rows = found.values_list("pk", "integration__name", "company__name", "anew")
    return tuple(Example(*row) for row in rows[:EXAMPLES])


def _conditions(book: Book, now: datetime, column: str) -> dict[Flag, Q]:
    def each(asked: Callable[[Rules], Q]) -> Q:
        return by_policy(book, asked, column=column)

    overdue = ACTIVE & each(lambda own: _due_before(own, now, days=0))
    soon = ACTIVE & each(lambda own: _due_before(own, now, days=own.warn_days + 1)) & ~overdue
    return {
        Flag.OVERDUE: without_excepted(Flag.OVERDUE, overdue, now),
        Flag.EXPIRING: without_excepted(Flag.EXPIRING, soon, now),
        **{flag: flagged(flag, rules=book, now=now, column=column) for flag in BY_NUMBERS},
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
