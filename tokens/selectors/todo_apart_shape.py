"""What one kind of task about no single token's flags is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tokens.selectors.todo_words import Task
from tokens.selectors.words import place

#: What a row tells, by name; ids and days are texts in it: see `id_in` and `day_in`.
Words = Mapping[str, Any]
#: What says where a token is used, for rows that lead to one.
OF_TOKEN = {
    "integration": "token__integration__name",
    "company_name": "token__company__name",
    "environment": "token__environment",
    "label": "token__label",
    "company": "token__company_id",
}
Order = Callable[[datetime | None, Words], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """`rows` stand in the order of their urgency, which `order` repeats for what was read. `at`:
    the column of the moment, or "". `words`: which columns are told under which name."""

    rows: QuerySet[Any]
    at: str
    words: dict[str, str]
    order: Order
    task: Callable[[datetime | None, Words, datetime], Task]


def by_age(at: datetime | None, words: Words) -> tuple[bool, datetime | None, UUID]:
    """The oldest first, and what has no moment before all others."""
    return at is not None, at, UUID(words["id"])


def id_in(words: Words, name: str = "id") -> UUID:
    return UUID(words[name])


def day_in(words: Words, name: str) -> date:
    return date.fromisoformat(words[name])


def place_in(words: Words) -> str:
    """Of a row with OF_TOKEN."""
    return place(words["integration"], words["company_name"], words["environment"], words["label"])
