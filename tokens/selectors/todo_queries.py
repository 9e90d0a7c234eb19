"""The tasks of To do as conditions and counts: `policy.todo.task_for` in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value

from tokens.models import Company, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce, book_of
from tokens.policy.days import utc_day
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.todo import ASKS_TO_REVOKE, TO_ROTATE, Kind
from tokens.policy.vocabulary import Environment, Flag
from tokens.selectors.approvals import waiting_approvals
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


def task_counts(
    rules: InForce, now: datetime, reader: str = "", reach: Reach = EVERYTHING
) -> dict[Kind, int]:
    """How many tasks of each kind there are within reach, in two queries.

    `reader`: whose page it is; nobody decides about what they asked for.
    """
    counted = tokens_within(reach).aggregate(
        **{kind.value: Count("pk", filter=asks_for(kind, rules, now)) for kind in FLAG_OF}
    )
    counts = {kind: int(counted[kind.value]) for kind in FLAG_OF}
    return {**counts, **_apart(rules, now, reader, reach)}


def _apart(rules: InForce, now: datetime, reader: str, reach: Reach) -> dict[Kind, int]:
    """The tasks that are about no single token, in one query."""
    apart = {
        Kind.DENIED: denied_tasks(reach),
        Kind.EXCEPTION_WAITS: waiting_exceptions(utc_day(now), reader, reach),
        Kind.APPROVAL_WAITS: waiting_approvals(now, reader, reach),
        Kind.LEAVING: leaving_people(utc_day(now), reach),
        Kind.RECONCILE: to_reconcile(rules, now, reach),
    }
    first, *others = [_numbered(kind, rows) for kind, rows in apart.items()]
    numbers = first.union(*others, all=True)
    return {**dict.fromkeys(apart, 0), **{Kind(kind): number for kind, number in numbers}}


def _numbered(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """One row with the number, or none where there is nothing to count."""
    # What `rows` computes for its own conditions must not become part of the grouping.
    plain = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    named = plain.order_by().annotate(task=Value(kind.value, output_field=CharField()))
    counted: QuerySet[Any, Any] = named.values("task").annotate(number=Count("pk"))
    return counted.values_list("task", "number")


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
