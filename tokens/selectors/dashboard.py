"""Beside To do: share within policy, ages against the policy's line, coming rotations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import CharField, Count, Exists, Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast

from tokens.models import Token
from tokens.models.flag_queries import ACTIVE, HELD, excepted, flagged
from tokens.policy.book import InForce, book_of
from tokens.policy.days import midnight, utc_day
from tokens.policy.flags import OUT_OF_POLICY
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.settings import Rules
from tokens.selectors.within import companies_within, tokens_within

#: Columns of the ages: nine up to the policy's days and three behind, as the chart draws them.
COLUMNS = 12
COMING_DAYS = 30
SHARE = ("within", "counted", "unknown_age", "not_held", "excepted")
_KNOWN_AGE = Q(issued_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Share:
    """`within` of `counted` active tokens keep the policy; the others are not counted in.

    A token of unknown age that is not held either is named once, as not held. `excepted`: an
    exception is in force, and nothing else takes it out of policy.
    """

    within: int
    counted: int
    unknown_age: int
    not_held: int
    excepted: int = 0

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down so that 100 means all; None where nothing is counted."""
        return 100 * self.within // self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class Coming:
    """One due day of the next 30 days; name and id are those of its only token, else empty."""

    day: date
    count: int
    integration: str
    company: str
    token: UUID | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`ages` maps the first day of each column (ten days wide at 90) to how many active tokens of
    known age are in it; the last column is open-ended. `last_checked_at`: when any token that is
    not revoked was asked about last."""

    share: Share
    ages: dict[int, int]
    coming: tuple[Coming, ...]
    tokens: int
    companies: int
    last_checked_at: datetime | None


def dashboard(rules: InForce, now: datetime, reach: Reach = EVERYTHING) -> Dashboard:
    """All of it within reach in two queries; the ages stand against the base policy's line."""
    base = book_of(rules).base
    columns = {**share_columns(rules, now), **_age_columns(base, now)}
    found = (
        tokens_within(reach)
        .exclude(state="revoked")
        .aggregate(
            tokens=Count("pk"),
            companies=Max(_companies(reach)),
            last_checked_at=Max("secret__last_checked_at"),
            **columns,
        )
    )
    return Dashboard(
        share=Share(*(found[name] for name in SHARE)),
        ages={first: found[f"age_{first}"] for first in _firsts(base)},
        coming=coming(now, reach=reach),
        tokens=found["tokens"],
        companies=found["companies"] or 0,
        last_checked_at=found["last_checked_at"],
    )


def _companies(reach: Reach) -> Subquery:
    """How many have a token that is not revoked, as one value. Counted among the tokens, they would
    all have to be sorted, by one process."""
    theirs = Token.objects.filter(company=OuterRef("pk")).exclude(state="revoked")
    having = companies_within(reach).filter(Exists(theirs)).order_by()
    one_row = having.annotate(one=Value(1)).values("one").annotate(number=Count("pk"))
    return Subquery(one_row.values("number"))


def share_columns(rules: InForce, now: datetime) -> dict[str, Count]:
    """`policy.flags.within_policy` as counts: what it answers None for is not in `counted`."""
    judged = ACTIVE & HELD & _KNOWN_AGE
    silent = excepted(now)
    out = Q()
    for flag in OUT_OF_POLICY:
        out |= flagged(flag, rules=rules, now=now)
    return {
        "within": Count("pk", filter=judged & ~out & ~silent),
        "counted": Count("pk", filter=judged & (out | ~silent)),
        "unknown_age": Count("pk", filter=ACTIVE & HELD & ~_KNOWN_AGE),
        "not_held": Count("pk", filter=ACTIVE & ~HELD),
        "excepted": Count("pk", filter=judged & ~out & silent),
    }


def _step(rules: Rules) -> int:
    """How many days a column is wide."""
    return max(1, -(-rules.rotate_days // 9))


def _firsts(rules: Rules) -> range:
    return range(0, COLUMNS * _step(rules), _step(rules))


def _age_columns(rules: Rules, now: datetime) -> dict[str, Count]:
    """`policy.days.age_days` by column: a token issued today or tomorrow is 0 days old."""
    today, firsts = utc_day(now), _firsts(rules)
    columns = {}
    for first in firsts:
        age = ACTIVE & _KNOWN_AGE
        if first > 0:
            age &= Q(issued_at__lt=midnight(today - timedelta(days=first - 1)))
        if first < firsts[-1]:
            age &= Q(issued_at__gte=midnight(today - timedelta(days=first + _step(rules) - 1)))
        columns[f"age_{first}"] = Count("pk", filter=age)
    return columns


def coming(
    now: datetime, *, within_days: int = COMING_DAYS, reach: Reach = EVERYTHING
) -> tuple[Coming, ...]:
    """Due days of active tokens from today on, with how many are due on each, in one query."""
    today = midnight(utc_day(now))
    due = tokens_within(reach).filter(
        ACTIVE, due_at__gte=today, due_at__lt=today + timedelta(days=within_days + 1)
    )
    grouped = (
        due.order_by("due_at")
        .values("due_at")
        .annotate(
            count=Count("pk"),
            integration=Min("integration__name"),
            company=Min("company__name"),
            token=Min(Cast("pk", CharField())),
        )
        .values_list("due_at", "count", "integration", "company", "token")
    )
    return tuple(
        Coming(utc_day(at), count, integration, company, UUID(token))
        if count == 1
        else Coming(utc_day(at), count, "", "", None)
        for at, count, integration, company, token in grouped
    )
