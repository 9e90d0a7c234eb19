"""What every model shares: ids made before insert, and words of the policy's vocabulary."""

from __future__ import annotations

import uuid
from enum import StrEnum

import uuid_utils.compat
from django.db import models


def new_id() -> uuid.UUID:
    """A UUIDv7: sortable, and known before the row exists (it is part of a seal's binding)."""
    return uuid_utils.compat.uuid7()


def choices(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in vocabulary]


def word_field(vocabulary: type[StrEnum], default: StrEnum | None = None) -> models.CharField:  # type: ignore[type-arg]  # django-stubs infers the field's own type at the use
    """A column that holds one word of a closed vocabulary; `only_words` adds the constraint."""
    longest = max(len(word.value) for word in vocabulary)
    if default is None:
        return models.CharField(max_length=longest, choices=choices(vocabulary))
    return models.CharField(max_length=longest, choices=choices(vocabulary), default=default.value)


def only_words(column: str, vocabulary: type[StrEnum], name: str) -> models.CheckConstraint:
    """The database, too, refuses a word that is not in the vocabulary."""
    words = [word.value for word in vocabulary]
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": words}), name=name)


class Identified(models.Model):
    """A row with a UUIDv7 as its primary key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
