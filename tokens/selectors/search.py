"""Search by words: whose names contain them is asked first, so that an index finds the tokens.

Companies, integrations and people are few beside their tokens. With their ids in hand each part of
the condition has an index of its own; joined to them, every token would be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Cast

from tokens.models import Company, Integration, Person

#: How many characters of a value its hint shows.
SHOWN = 4
#: From this many on the names are joined: a word that so many have tells little apart.
MANY = 500
#: Up to so many the tokens of each are looked for apart, in the order in which an index has them.
FEW = 5
_WORD: CharField[str, str] = CharField()
_NAMED: tuple[tuple[str, Any, str], ...] = (
    ("company", Company, "name"),
    ("integration", Integration, "name"),
    ("owner", Person, "email"),
)


@dataclass(frozen=True)
class Matches:
    """Of each word of a search: the ids of what is named like it, by (word's place, about)."""

    text: str = ""
    ids: dict[tuple[int, str], list[UUID]] = field(default_factory=dict)

    def condition(self) -> Q:
        """Tokens that mention every word."""
        found = Q()
        for place, word in enumerate(self.text.split()):
            found &= self._mentions(place, word)
        return found

    def parts(self) -> list[Q]:
        """The same condition in parts, of which a token meets one at least: by the places where its
        first word may stand. Each is sorted by an index of its own, or is small."""
        first, *others = self.text.split()
        rest = Q()
        for place, word in enumerate(others, 1):
            rest &= self._mentions(place, word)
        return [each & rest for each in self._apart(0, first)]

    def _mentions(self, place: int, word: str) -> Q:
        """Names, labels and owners that contain the word, and hints whose last four it is."""
        found = Q(label__icontains=word)
        if len(word) >= SHOWN:
            found |= Q(hint__iendswith=word)
        for about, named in self._named(place, word):
            found |= named if isinstance(named, Q) else Q(**{f"{about}__in": named})
        return found

    def _apart(self, place: int, word: str) -> Iterator[Q]:
        yield Q(label__icontains=word)
        if len(word) >= SHOWN:
            yield Q(hint__iendswith=word)
        for about, named in self._named(place, word):
            if isinstance(named, Q):
                yield named
            elif len(named) <= FEW:
                yield from (Q(**{about: key}) for key in named)
            else:
                yield Q(**{f"{about}__in": named})

    def _named(self, place: int, word: str) -> Iterator[tuple[str, list[UUID] | Q]]:
        """By what is named: the ids, or where these are too many the join."""
        for about, _, name in _NAMED:
            ids = self.ids.get((place, about), [])
            if len(ids) > MANY:
                yield about, Q(**{f"{about}__{name}__icontains": word})
            elif ids:
                yield about, ids


def matches(text: str) -> Matches:
    """Whose names contain the words of a search, in one query; in none where there are no words."""
    parts = list(name_parts(text))
    return read(text, parts[0].union(*parts[1:], all=True)) if parts else Matches()


def name_parts(text: str) -> Iterator[QuerySet[Any, Any]]:
    """What `matches` asks, as parts of a union: the word's place, about what, the id, nothing."""
    for place, word in enumerate(text.split()):
        for about, model, name in _NAMED:
            rows = model.objects.filter(**{f"{name}__icontains": word}).order_by()
            yield rows.values_list(
                Value(str(place), output_field=_WORD),
                Value(about, output_field=_WORD),
                Cast("pk", _WORD),
                Cast(Value(None), DateTimeField()),
            )


def read(text: str, rows: Any) -> Matches:
    """The answer to `name_parts`."""
    ids: dict[tuple[int, str], list[UUID]] = defaultdict(list)
    for place, about, key, _ in rows:
        ids[int(place), about].append(UUID(key))
    return Matches(text, dict(ids))
