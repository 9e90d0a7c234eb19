"""What rows say of companies, integrations and people, read apart from the rows.

A page of the list joins nine tables else, and PostgreSQL plans that longer than it runs it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    F,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from tokens.models import Company, Integration, Person
from tokens.selectors.columns import COLUMNS

_JOINED = ("company__", "integration__", "owner__", "created_by__")
#: What is read of the tokens themselves; the rest of COLUMNS comes from the three tables.
OWN = (*(name for name in COLUMNS if not name.startswith(_JOINED)), "owner_id", "created_by_id")

_WORD, _NUMBER, _DAY, _MOMENT = CharField(), BigIntegerField(), DateField(), DateTimeField()
_COMPANY = ("company__name", "company__workspace_id", "company__workspace_type")
_INTEGRATION = ("integration__name", "integration__first_reported_at")
_PERSON = ("email", "leaving_on", "left_on")
_PLACES = tuple((name, OWN.index(name)) for name in COLUMNS if name in OWN)
_COMPANY_ID, _INTEGRATION_ID, _OWNER_ID, _CREATOR_ID = (
    OWN.index(name) for name in ("company_id", "integration_id", "owner_id", "created_by_id")
)
_NOBODY = (None, None, None)


def completed(found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Tuples of COLUMNS from tuples of OWN, in one query."""
    rows = list(found)
    if not rows:
        return []
    companies, integrations, people = _read(
        {row[_COMPANY_ID] for row in rows},
        {row[_INTEGRATION_ID] for row in rows},
        {row[place] for row in rows for place in (_OWNER_ID, _CREATOR_ID)} - {None},
    )
    complete = []
    for row in rows:
        values = dict(zip(OWN, row, strict=True))
        values.update(zip(_COMPANY, companies[row[_COMPANY_ID]], strict=True))
        values.update(zip(_INTEGRATION, integrations[row[_INTEGRATION_ID]], strict=True))
        for prefix, place in (("owner__", _OWNER_ID), ("created_by__", _CREATOR_ID)):
            person = people.get(row[place], _NOBODY)
            values.update(
                (prefix + name, value) for name, value in zip(_PERSON, person, strict=True)
            )
        complete.append(tuple(values[name] for name in COLUMNS))
    return complete


def _read(
    companies: Collection[UUID], integrations: Collection[UUID], people: Collection[UUID]
) -> tuple[dict[UUID, tuple[Any, ...]], dict[UUID, tuple[Any, ...]], dict[UUID, tuple[Any, ...]]]:
    parts = (
        _part("c", Company, companies, "name", number="workspace_id", word="workspace_type"),
        _part("i", Integration, integrations, "name", at="first_reported_at"),
        _part("p", Person, people, "email", first="leaving_on", last="left_on"),
    )
    found: tuple[dict[UUID, tuple[Any, ...]], ...] = ({}, {}, {})
    for kind, key, name, number, word, at, first, last in parts[0].union(*parts[1:], all=True):
        if kind == "c":
            found[0][key] = (name, number, word)
        elif kind == "i":
            found[1][key] = (name, at)
        else:
            found[2][key] = (name, first, last)
    return found[0], found[1], found[2]


def _part(
    kind: str, model: Any, ids: Collection[UUID], name: str, **columns: str
) -> QuerySet[Any, Any]:
    fields = (
        ("number", _NUMBER),
        ("word", _WORD),
        ("at", _MOMENT),
        ("first", _DAY),
        ("last", _DAY),
    )
    rows: QuerySet[Any] = model.objects.filter(pk__in=ids).order_by()
    return rows.values_list(
        Value(kind, output_field=_WORD),
        "pk",
        Cast(name, _WORD),
        *(
            Cast(F(columns[word]), field) if word in columns else Cast(Value(None), field)
            for word, field in fields
        ),
    )
