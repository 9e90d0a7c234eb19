"""Keyset paging: a page is found by the last row of the one before, never by counting over rows.

A cursor is signed and bound to its sort, so that it cannot be made up; ids break ties, so that no
row is left out or shown twice however many share a due day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce

from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.policy.book import InForce
from tokens.policy.vocabulary import Flag, Health
from tokens.selectors.facts import Row, row_of
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.names import OWN, completed
from tokens.selectors.search import Matches, matches

SIZE = 100
_SALT = "tokens.selectors.paging"
#: Sorts before every real moment, so that "never used" is a place in the order like any other.
_NEVER = datetime(1, 1, 1, tzinfo=UTC)

#: The columns each sort goes by; the id is added to all of them.
_KEYS: dict[str, tuple[str, ...]] = {
    "due": ("due_at",),
    "integration": ("integration__name", "due_at"),
    "company": ("company__name", "due_at"),
    "age": ("born_at",),
    "health": ("secret__health", "due_at"),  # failing, insufficient, unchecked, valid: worst first
    "last_used": ("used_at", "due_at"),
    "stored": ("stored_at",),
}
#: Flags by which somebody or something else is meant, of whom there are few or none.
OF_FEW = frozenset({Flag.OWNER_LEFT, Flag.CREATOR_LEFT, Flag.WORKSPACE_INACTIVE})
#: The younger, the later it was born.
_INVERTED = {"age"}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with the cursors of its neighbours ("" where there is none)."""

    rows: tuple[Row, ...]
    next: str
    previous: str


def page(
    filters: Filters,
    rules: InForce,
    now: datetime,
    cursor: str = "",
    size: int = SIZE,
    *,
    among: QuerySet[Token] | None = None,
    named: Matches | None = None,
) -> Page:
    """One page in the order asked for, in two queries: its rows, and the names in them. A cursor
    not from here raises InvalidInput.

    `among` narrows what there is at all, as for the holder of a usage key. `named`: as for
    `inventory`.
    """
    keys = (*_KEYS[filters.sort_word], "id")
    place = _read(cursor, filters.sort, len(keys)) if cursor else None
    backward = place is not None and place.backward
    descending = (filters.descending != (filters.sort_word in _INVERTED)) != backward
    queryset = _with_keys(inventory(filters, rules, now, among, Matches()), keys)
    if place is not None:
        queryset = queryset.filter(_beyond(keys, place.values, descending=descending))
    order = [F(key).desc() if descending else F(key).asc() for key in keys]
    queryset = queryset.order_by(*order)
    if (chosen := _chosen(queryset, filters, order, named, size + 1)) is not None:
        queryset = _with_keys(chosen, keys).order_by(*order)
    found = list(queryset.values_list(*keys, *OWN)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backward:
        found.reverse()
    after, before = (True, more) if backward else (more, place is not None)
    edges = [tuple(values[: len(keys)]) for values in (found[:1] + found[-1:])]
    return Page(
        rows=tuple(
            row_of(values, rules, now) for values in completed(row[len(keys) :] for row in found)
        ),
        next=_write(filters.sort, edges[-1], backward=False) if found and after else "",
        previous=_write(filters.sort, edges[0], backward=True) if found and before else "",
    )


def _chosen(
    ordered: QuerySet[Token],
    filters: Filters,
    order: list[OrderBy],
    named: Matches | None,
    size: int,
) -> QuerySet[Token] | None:
    """The first of an ordered list where they are better chosen before they are read, else None."""
    if filters.q:
        words = matches(filters.q) if named is None else named
        return _first_of(ordered, words.parts(), size)
    if filters.sort_word == "health":
        return _first_of(ordered, [Q(secret__health=word.value) for word in Health], size)
    if filters.flag and OF_FEW.issuperset(filters.flag):
        # So that no index has this order: few are found and sorted, not all walked through in order
        # until enough, or none, were met.
        same = [
            OrderBy(Coalesce(by.expression, by.expression), descending=by.descending)
            for by in order
        ]
        return Token.objects.filter(pk__in=ordered.order_by(*same).values("pk")[:size])
    return None


def _first_of(ordered: QuerySet[Token], parts: list[Q], size: int) -> QuerySet[Token]:
    """The first of each part, among which are the first of all; so that only they are joined.

    Asked for with one "or" PostgreSQL takes the words for evenly spread and walks in the order of
    the list until it has met enough: over 30,000 rows for 100 among a million.
    """
    limited = [ordered.filter(part).values("pk")[:size] for part in parts]
    if len(limited) == 1:
        return Token.objects.filter(pk__in=limited[0])
    # The limit stands in a sub-select, since SQLite takes none in a part of a union.
    first, *others = [Token.objects.filter(pk__in=one).order_by().values("pk") for one in limited]
    return Token.objects.filter(pk__in=first.union(*others, all=True))


def _with_keys(queryset: QuerySet[Token], keys: tuple[str, ...]) -> QuerySet[Token]:
    if "born_at" in keys:
        queryset = queryset.annotate(born_at=Coalesce("issued_at", "stored_at"))
    if "used_at" in keys:
        queryset = queryset.annotate(used_at=Coalesce("secret__last_used_at", Value(_NEVER)))
    return queryset


def _beyond(keys: tuple[str, ...], values: tuple[Any, ...], *, descending: bool) -> Q:
    """What comes after a place: (a, b, id) > (x, y, z), written so that an index on a serves."""
    word = "lt" if descending else "gt"
    key, value = keys[0], values[0]
    further = Q(**{f"{key}__{word}": value})
    if len(keys) == 1:
        return further
    level = Q(**{key: value}) & _beyond(keys[1:], values[1:], descending=descending)
    return Q(**{f"{key}__{word}e": value}) & (further | level)


@dataclass(frozen=True, slots=True)
class _Place:
    values: tuple[Any, ...]
    backward: bool


def _write(sort: str, values: tuple[Any, ...], *, backward: bool) -> str:
    texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return signing.dumps([sort, int(backward), *texts], salt=_SALT, compress=True)


def _read(cursor: str, sort: str, keys: int) -> _Place:
    try:
        signed_sort, backward, *texts = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        raise InvalidInput("is not a cursor of this list", field="cursor") from None
    if signed_sort != sort or len(texts) != keys:
        raise InvalidInput("belongs to another order of this list", field="cursor")
    names = (*_KEYS[sort.removeprefix("-")], "id")
    return _Place(
        tuple(_parsed(name, text) for name, text in zip(names, texts, strict=True)), bool(backward)
    )


def _parsed(name: str, text: str) -> datetime | UUID | str:
    if name.endswith("_at"):
        return datetime.fromisoformat(text)
    return UUID(text) if name == "id" else text
