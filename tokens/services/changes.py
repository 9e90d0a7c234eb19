"""What the small edits share: a mark for "not given", and a record of what changed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from django.db.models import Model

from tokens.audit import Event, Trail


class Unset(Enum):
    """The type of UNSET, which tells "leave it" from "make it empty"."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(slots=True)
class Changes:
    """Sets attributes of one row and remembers which of them changed, and from what."""

    row: Model
    fields: list[str] = field(default_factory=list)
    old: list[str | int | None] = field(default_factory=list)
    new: list[str | int | None] = field(default_factory=list)

    def set(self, name: str, value: object) -> bool:
        """Set an attribute; True if that changed anything."""
        before = getattr(self.row, name)
        if before == value:
            return False
        setattr(self.row, name, value)
        self.fields.append(name)
        self.old.append(_fact(before))
        self.new.append(_fact(value))
        return True

    def save(self, trail: Trail, event: Event) -> bool:
        """Write what changed, with its entry; nothing where nothing did."""
        if not self.fields:
            return False
        self.row.save(update_fields=self.fields)
        trail.add(event, self.row, fields=self.fields, old=self.old, new=self.new)
        return True


def _fact(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
