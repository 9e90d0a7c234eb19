"""Deleting rows whose time is up: oldest first, in batches, each a short transaction of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

BATCH = 1_000


def let_go(rows: QuerySet[Any], moment: str, before: datetime) -> int:
    """Delete those whose column `moment` is before then; returns how many. Wants an index on it.

    Each batch goes on where the one before ended: from the beginning it would read again what has
    just been deleted, and what stays.
    """
    old = rows.filter(**{f"{moment}__lt": before}).order_by(moment)
    deleted, rest = 0, old
    while batch := list(rest.values_list("pk", moment)[:BATCH]):
        rows.model._default_manager.filter(pk__in=[key for key, _ in batch]).delete()
        deleted += len(batch)
        rest = old.filter(**{f"{moment}__gte": batch[-1][1]})
    return deleted


def let_go_in_order(model: Any, moment: str, before: datetime) -> int:
    """The same for a table whose numbers go up with the moment, so that it needs no index on it: it
    ends at the first batch that holds a younger row."""
    deleted = 0
    while batch := list(model.objects.order_by("pk").values_list("pk", moment)[:BATCH]):
        old = [key for key, at in batch if at < before]
        model.objects.filter(pk__in=old).delete()
        deleted += len(old)
        if len(old) < len(batch):
            break
    return deleted
