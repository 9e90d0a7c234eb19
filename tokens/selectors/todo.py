"""To do: one row per token and task, in the order of the policy, and what companies are to compare.

The database ranks; only rows that are shown are read, so a page costs the same with 100,000 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.functions import Coalesce

from tokens.policy.book import InForce
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.todo import RANK, Kind, task_for
from tokens.policy.vocabulary import Flag
from tokens.selectors.columns import COLUMNS
from tokens.selectors.facts import row_of
from tokens.selectors.todo_apart import Asked, apart_tasks
from tokens.selectors.todo_queries import FLAG_OF, asks_for, task_counts
from tokens.selectors.todo_words import Task, since_of, token_task
from tokens.selectors.within import tokens_within

SHOWN = 200

#: By what the rows of one kind are ordered, the oldest first.
_SINCE: dict[Kind, str] = {
    Kind.COMPROMISED: "secret__compromise__recorded_at",
    Kind.CONTRADICTED: "secret__revocation__contradicted_at",
    Kind.FAILING_PRODUCTION: "secret__refused_since",
    Kind.UNRECORDED_REVOCATION: "secret__refused_since",
    Kind.OVERDUE: "due_at",
    Kind.NOT_REVOKED: "replaced_at",
    Kind.FAILING_DEVELOPMENT: "secret__refused_since",
    Kind.CREATOR_LEFT: "due_at",
    Kind.PERMISSION_CHANGED: "secret__permission_lost_at",
    Kind.EXCEPTION_ENDED: "due_at",
    Kind.DUE: "due_at",
    Kind.OWNERLESS: "stored_at",
    Kind.OWNER_LEFT: "due_at",
}


@dataclass(frozen=True, slots=True)
class Todo:
    """The rows that are shown, and how many there are in truth; by kind too."""

    tasks: tuple[Task, ...]
    total: int
    by_kind: dict[Kind, int]

    @property
    def left_out(self) -> int:
        return self.total - len(self.tasks)


@dataclass(frozen=True, slots=True)
class Nothing:
    """What an empty page says instead: the next rotation and the last check."""

    next_due_at: datetime | None
    next_token: UUID | None
    next_name: str
    last_checked_at: datetime | None


def todo(
    rules: InForce,
    now: datetime,
    *,
    shown: int = SHOWN,
    reader: str = "",
    reach: Reach = EVERYTHING,
) -> Todo:
    """The page's rows in order, at most `shown`; three queries at most.

    `reader`: the address of who reads; see `task_counts`. `reach`: what they see.
    """
    counts = task_counts(rules, now, reader, reach)
    kinds = _kinds_to_read(counts, shown)
    tasks = _token_tasks(kinds, rules, now, shown, reach) if kinds else []
    if len(tasks) < shown:
        tasks += apart_tasks(counts, shown - len(tasks), Asked(rules, now, reader, reach))
    return Todo(tuple(tasks), sum(counts.values()), counts)


def nothing_today(now: datetime, reach: Reach = EVERYTHING) -> Nothing:
    """The next rotation and the last check, in two queries."""
    upcoming = tokens_within(reach).filter(state="active", due_at__gte=now)
    columns = ("due_at", "pk", "integration__name")
    first = upcoming.order_by("due_at", "pk").values_list(*columns).first()
    due_at, token, name = first or (None, None, "")
    return Nothing(due_at, token, name, last_checked_at(reach))


def last_checked_at(reach: Reach = EVERYTHING) -> datetime | None:
    """When any token was asked about last."""
    found = tokens_within(reach).filter(secret__last_checked_at__isnull=False)
    latest: datetime | None = (
        found.order_by("-secret__last_checked_at")
        .values_list("secret__last_checked_at", flat=True)
        .first()
    )
    return latest


def _kinds_to_read(counts: dict[Kind, int], shown: int) -> list[Kind]:
    """The kinds that fill the page, most urgent first: nothing is ranked that is not shown."""
    kinds: list[Kind] = []
    room = shown
    for kind in FLAG_OF:
        if counts[kind] and room > 0:
            kinds.append(kind)
            room -= counts[kind]
    return kinds


def _token_tasks(
    kinds: list[Kind], rules: InForce, now: datetime, shown: int, reach: Reach
) -> list[Task]:
    """The first `shown` tasks are all of the first `shown` tokens by their most urgent task."""
    conditions = {kind: asks_for(kind, rules, now) for kind in kinds}
    ranked = (
        tokens_within(reach)
        .annotate(
            rank=Case(
                *(When(asked, then=Value(RANK[kind])) for kind, asked in conditions.items()),
                output_field=IntegerField(),
            ),
            since=Case(
                *(
                    When(asked, then=Coalesce(F(_SINCE[kind]), F("stored_at")))
                    for kind, asked in conditions.items()
                ),
            ),
        )
        .filter(reduce(or_, conditions.values()))
    )
    tuples = ranked.order_by("rank", "since", "pk").values_list(*COLUMNS)[:shown]
    found = [row_of(values, rules, now) for values in tuples]
    tasks = [
        (RANK[kind], since_of(kind, row), row.id, token_task(kind, row, now))
        for row in found
        for kind in task_for([Flag(word) for word in row.flags], row.facts)
        if kind in conditions
    ]
    return [task for *_, task in sorted(tasks, key=lambda each: each[:3])][:shown]
