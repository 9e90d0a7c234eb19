"""Rows as JSON and back, exact to the microsecond and the byte, whatever the database."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from tokens.models import BrowserSession, ImportDraft, Start

BATCH = 2_000
#: What lasts an hour at most must not live on in a file.
_PASSING = (BrowserSession, ImportDraft, Start)


def stored_models() -> list[type[models.Model]]:
    """Every table of the product. Sessions and records of sign-ins are none: everybody signs in
    anew after a restore; nor is what somebody uploaded or pasted and has not stored yet."""
    found = apps.get_app_config("tokens").get_models(include_auto_created=True)
    return [model for model in found if model not in _PASSING]


def columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def batches(model: type[models.Model]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """All rows in order of their key, in pieces."""
    rows: Any = models.QuerySet(model).order_by("pk").values_list("pk", *columns(model))
    last: Any = None
    while True:
        found = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
        if not found:
            return
        yield [row[1:] for row in found]
        last = found[-1][0]


def to_json(value: Any) -> Any:
    """A column's value as JSON can hold it; `from_json` knows by the field what it was."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def from_json(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.UUIDField):
        return UUID(value)
    if isinstance(target, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(target, models.DateField):
        return date.fromisoformat(value)
    if isinstance(target, models.BinaryField):
        return base64.b64decode(value)
    return value
