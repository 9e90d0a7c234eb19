"""The rows of To do that are about no single token's flags, all kinds of them in one query.

Each kind says which rows it is about, in which order, and what a row has to tell; the union of them
has the shape (kind, moment, words).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, QuerySet, Value
from django.db.models.functions import JSONObject

from tokens.policy.book import InForce
from tokens.policy.roles import Reach
from tokens.policy.todo import Kind
from tokens.selectors import (
    todo_approvals,
    todo_exceptions,
    todo_leaving,
    todo_reconcile,
    todo_reviews,
)
from tokens.selectors.todo_apart_shape import Part, Words
from tokens.selectors.todo_queries import APART
from tokens.selectors.todo_words import Task

Rows = QuerySet[Any, Any]
_NEVER = Value(None, output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose page it is, and what counts on it."""

    rules: InForce
    now: datetime
    reader: str
    reach: Reach


def apart_tasks(counts: Mapping[Kind, int], shown: int, asked: Asked) -> list[Task]:
    """At most `shown` tasks, the most urgent kind first; one query, or none where nothing is."""
    kinds = list(_to_read(counts, shown))
    if not kinds:
        return []
    parts = {kind: _PARTS[kind](asked) for kind in kinds}
    first, *others = [_narrow(kind, part, shown) for kind, part in parts.items()]
    found: dict[Kind, list[tuple[datetime | None, Words]]] = {kind: [] for kind in kinds}
    for kind, at, words in first.union(*others, all=True):
        found[Kind(kind)].append((at, words))
    tasks = [
        part.task(at, words, asked.now)
        for kind, part in parts.items()
        for at, words in sorted(found[kind], key=lambda row: part.order(*row))
    ]
    return tasks[:shown]


def _to_read(counts: Mapping[Kind, int], room: int) -> Iterator[Kind]:
    """The kinds that fill the page: nothing is read that is not shown."""
    for kind in APART:
        if counts[kind] and room > 0:
            yield kind
            room -= counts[kind]


def _narrow(kind: Kind, part: Part, shown: int) -> Rows:
    # The limit stands in a sub-select, since SQLite takes none in a part of a union.
    first = part.rows.filter(pk__in=part.rows.values("pk")[:shown]).order_by()
    narrow: Rows = first.values_list(
        Value(kind.value, output_field=CharField()),
        F(part.at) if part.at else _NEVER,
        JSONObject(**part.words),
    )
    return narrow


_PARTS: Mapping[Kind, Any] = {
    Kind.DENIED: lambda asked: todo_reviews.denied(asked.reach),
    Kind.EXCEPTION_WAITS: lambda asked: todo_exceptions.waiting(
        asked.reader, asked.now, asked.reach
    ),
    Kind.APPROVAL_WAITS: lambda asked: todo_approvals.waiting(asked.reader, asked.now, asked.reach),
    Kind.LEAVING: lambda asked: todo_leaving.leavers(asked.now, asked.reach),
    Kind.RECONCILE: lambda asked: todo_reconcile.late(asked.rules, asked.now, asked.reach),
}
