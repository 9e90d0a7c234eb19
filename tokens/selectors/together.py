"""Several questions about one thing as one query: for pages that have a dozen narrow ones.

    found = read_together(
        checks=Ask(Check.objects.filter(secret=secret).order_by("-last_at")[:100]),
        notices=Ask(Notice.objects.filter(token=token), with_=("mail",)),
    )
    found["checks"]  # a list of Check, in that order

Every question is a part of one UNION ALL, its rows told as JSON and made into instances again, so
what is found is what the single queries would find. Binary columns (sealed values) are left out,
and read when somebody asks for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import (
    BinaryField,
    CharField,
    DateTimeField,
    Field,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    Value,
    Window,
)
from django.db.models.functions import JSONObject, RowNumber

Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """`rows` in their order, limited or not. `with_`: forward relations as `select_related` names
    them, one step each. `only`: columns beside the key; others are read when asked for."""

    rows: QuerySet[Any]
    with_: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def read_together(**questions: Ask) -> dict[str, list[Any]]:
    """The rows of every question, by its name; one query, or none where nothing is asked."""
    found: dict[str, list[tuple[int, Any]]] = {name: [] for name in questions}
    if questions:
        first, *others = [_part(name, ask) for name, ask in questions.items()]
        for name, place, told in first.union(*others, all=True):
            found[name].append((place, told))
    return {
        name: [_made(ask, told) for _, told in sorted(found[name], key=lambda row: row[0])]
        for name, ask in questions.items()
    }


def _part(name: str, ask: Ask) -> Rows:
    rows: Rows = ask.rows
    order: Any = rows.query.order_by
    if rows.query.is_sliced:
        # The limit stands in a sub-select, since SQLite takes none in a part of a union.
        rows = rows.model._default_manager.filter(pk__in=rows.values("pk"))
    place = Window(RowNumber(), order_by=order) if order else Value(0, IntegerField())
    told = {"": {each.attname: each.attname for each in _fields(rows.model, ask.only)}}
    told |= {each: _columns(_related(rows.model, each), f"{each}__") for each in ask.with_}
    part: Rows = rows.order_by().values_list(
        Value(name, CharField()),
        place,
        JSONObject(**{key: JSONObject(**columns) for key, columns in told.items()}),
    )
    return part


def _columns(model: type[Model], before: str = "") -> dict[str, str]:
    return {field.attname: f"{before}{field.attname}" for field in _fields(model)}


def _fields(model: type[Model], only: tuple[str, ...] = ()) -> list[Field[Any, Any]]:
    told = [each for each in model._meta.concrete_fields if not isinstance(each, BinaryField)]
    return [each for each in told if not only or each.primary_key or each.attname in only]


def _related(model: type[Model], name: str) -> type[Model]:
    related: type[Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return related


def _made(ask: Ask, told: Mapping[str, Mapping[str, Any]]) -> Any:
    """The row as the instance that a query of its own would have made."""
    model, using = ask.rows.model, ask.rows.db
    made = _instance(model, told[""], using, ask.only)
    for name in ask.with_:
        other, row = _related(model, name), told[name]
        pk = other._meta.pk.attname
        field: Any = model._meta.get_field(name)
        field.set_cached_value(made, _instance(other, row, using) if row[pk] is not None else None)
    return made


def _instance(
    model: type[Model], row: Mapping[str, Any], using: str, only: tuple[str, ...] = ()
) -> Model:
    fields = _fields(model, only)
    values = [_value(field, row[field.attname]) for field in fields]
    return model.from_db(using, [field.attname for field in fields], values)


def _value(field: Field[Any, Any], told: Any) -> Any:
    """JSON knows neither moments, days nor ids, and SQLite tells JSON within JSON as text."""
    if isinstance(field, JSONField):
        return json.loads(told) if isinstance(told, str) else told
    value = field.to_python(told)
    if isinstance(field, DateTimeField) and value is not None and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
