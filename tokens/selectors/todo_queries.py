"""The tasks of To do as conditions and counts: `policy.todo.task_for` in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from tokens.models import Company, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce, book_of
from tokens.policy.days import utc_day
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.todo import ASKS_TO_REVOKE, TO_ROTATE, Kind
from tokens.policy.vocabulary import Environment, Flag
from tokens.selectors.approvals import waiting_approvals
from tokens.selectors.choices import NUMBERS, number_rows
from tokens.selectors.exceptions import waiting_exceptions
from tokens.selectors.people import leaving_people
from tokens.selectors.reviews import denied_tasks
from tokens.selectors.within import companies_within, tokens_within

#: The flag behind each task of a token, the most urgent first.
FLAG_OF: dict[Kind, Flag] = {
    Kind.COMPROMISED: Flag.COMPROMISED,
    Kind.CONTRADICTED: Flag.REVOCATION_CONTRADICTED,
    Kind.FAILING_PRODUCTION: Flag.FAILING,
    Kind.UNRECORDED_REVOCATION: Flag.UNRECORDED_REVOCATION,
    Kind.OVERDUE: Flag.OVERDUE,
    Kind.NOT_REVOKED: Flag.NOT_REVOKED,
    Kind.FAILING_DEVELOPMENT: Flag.FAILING,
    Kind.CREATOR_LEFT: Flag.CREATOR_LEFT,
    Kind.PERMISSION_CHANGED: Flag.PERMISSION_CHANGED,
    Kind.EXCEPTION_ENDED: Flag.EXCEPTION_ENDED,
    Kind.DUE: Flag.EXPIRING,
    Kind.OWNERLESS: Flag.OWNERLESS,
    Kind.OWNER_LEFT: Flag.OWNER_LEFT,
}
#: The tasks that are about no single token.
APART = (Kind.DENIED, Kind.EXCEPTION_WAITS, Kind.APPROVAL_WAITS, Kind.LEAVING, Kind.RECONCILE)

Rows = QuerySet[Any, Any]
_OF_TOKENS = "tasks of tokens"


def task_counts(
    rules: InForce, now: datetime, reader: str = "", reach: Reach = EVERYTHING
) -> dict[Kind, int]:
    """How many tasks of each kind there are within reach, in one query.

    `reader`: whose page it is; nobody decides about what they asked for.
    """
    return _read(_parts(rules, now, reader, reach))[0]


def tasks_and_numbers(
    rules: InForce, now: datetime, reach: Reach = EVERYTHING
) -> tuple[int, dict[str, int]]:
    """How many tasks there are, and `choices.numbers`: what the navigation tells, in one query."""
    apart = [_wide(kind, rows) for kind, rows in number_rows(reach).items()]
    tasks, numbers = _read([*_parts(rules, now, "", reach), *apart])
    return sum(tasks.values()), numbers


def _parts(rules: InForce, now: datetime, reader: str, reach: Reach) -> list[Rows]:
    """One row of all that is counted of tokens, and one for each task about no single token."""
    asked = [Count("pk", filter=asks_for(kind, rules, now)) for kind in FLAG_OF]
    apart = {
        Kind.DENIED: denied_tasks(reach),
        Kind.EXCEPTION_WAITS: waiting_exceptions(utc_day(now), reader, reach),
        Kind.APPROVAL_WAITS: waiting_approvals(now, reader, reach),
        Kind.LEAVING: leaving_people(utc_day(now), reach),
        Kind.RECONCILE: to_reconcile(rules, now, reach),
    }
    return [
        _grouped(_OF_TOKENS, tokens_within(reach), asked),
        *(_wide(kind.value, _plain(rows)) for kind, rows in apart.items()),
    ]


def _read(parts: list[Rows]) -> tuple[dict[Kind, int], dict[str, int]]:
    first, *others = parts
    found = {about: numbers for about, *numbers in first.union(*others, all=True)}
    of_tokens = found.pop(_OF_TOKENS, [0] * len(FLAG_OF))
    tasks = dict(zip(FLAG_OF, of_tokens, strict=True))
    tasks |= {kind: found.get(kind.value, [0])[0] for kind in APART}
    return tasks, {name: found.get(name, [0])[0] for name in NUMBERS}


def _plain(rows: QuerySet[Any]) -> QuerySet[Any]:
    """What `rows` computes for its own conditions must not become part of a grouping."""
    plain: QuerySet[Any] = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    return plain


def _wide(about: str, rows: QuerySet[Any]) -> Rows:
    """A row as wide as that of the tokens, since parts of a union are all as wide."""
    none = Value(0, output_field=IntegerField())
    return _grouped(about, rows, [Count("pk"), *[none] * (len(FLAG_OF) - 1)])


def _grouped(about: str, rows: QuerySet[Any], numbers: Sequence[Any]) -> Rows:
    """One row of these numbers, or none where there is nothing to count."""
    named = rows.order_by().annotate(what=Value(about, output_field=CharField())).values("what")
    counted: Rows = named.annotate(**{f"n{place}": each for place, each in enumerate(numbers)})
    return counted.values_list("what", *(f"n{place}" for place in range(len(numbers))))


def to_reconcile(rules: InForce, now: datetime, reach: Reach = EVERYTHING) -> QuerySet[Company]:
    """Companies with tokens whose list in Coolset was not compared for the policy's days."""
    horizon = now - timedelta(days=book_of(rules).base.reconcile_days)
    late = Q(reconciled_at__isnull=True) | Q(reconciled_at__lt=horizon)
    return companies_within(reach).filter(
        late, Exists(Token.objects.filter(company=OuterRef("pk")))
    )


def asks_for(kind: Kind, rules: InForce, now: datetime) -> Q:
    """Tokens with this task: `policy.todo.task_for` as a condition."""
    asked = flagged(FLAG_OF[kind], rules=rules, now=now)
    if kind is Kind.FAILING_PRODUCTION:
        return asked & Q(environment=Environment.PRODUCTION.value)
    if kind is Kind.FAILING_DEVELOPMENT:
        return asked & ~Q(environment=Environment.PRODUCTION.value)
    if kind is Kind.NOT_REVOKED:
        for asks_too in ASKS_TO_REVOKE:
            asked &= ~flagged(FLAG_OF[asks_too], rules=rules, now=now)
        return asked
    if kind in TO_ROTATE:
        for more_urgent in TO_ROTATE[: TO_ROTATE.index(kind)]:
            asked &= ~flagged(FLAG_OF[more_urgent], rules=rules, now=now)
    return asked
