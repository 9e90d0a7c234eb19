"""Export the inventory without secrets: as a stream, recorded in the audit trail before it begins.

The entry comes first, so that no inventory leaves without one; an export that breaks off half-way
is recorded as done, which errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, Protocol

from django.db.models import QuerySet

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.policy.book import InForce
from tokens.policy.roles import EVERYTHING as WHOLE
from tokens.policy.roles import Reach
from tokens.selectors.facts import Row, rows
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.records import COLUMNS, FREE_TEXT, Value, record
from tokens.selectors.within import tokens_within
from tokens.services.csv_cells import line, safe_cell

FORMATS = ("csv", "json")
BATCH = 500
EVERYTHING = Filters(all_states=True)


class Writable(Protocol):
    """Anything text can be written to."""

    def write(self, text: str, /) -> object: ...


def export_inventory(
    *,
    format: str,  # noqa: A002 - the word of the command and the address
    out: Writable,
    rules: InForce,
    now: datetime,
    actor: Actor,
    filters: Filters | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write the tokens that `filters` ask for (default: all) to `out`; returns how many.

    `progress` is called with the number of rows since its last call. Raises InvalidInput for an
    unknown format, and AuditUnavailable, with nothing written, where it cannot be recorded.
    """
    written = 0
    for count, text in _chunks(format, filters, rules, now, actor, WHOLE):
        out.write(text)
        written += count
        if progress is not None:
            progress(count)
    return written


def stream(
    *,
    format: str,  # noqa: A002
    rules: InForce,
    now: datetime,
    actor: Actor,
    filters: Filters | None = None,
    reach: Reach,
) -> Iterator[str]:
    """The same within reach, as pieces of text for a streaming answer. It is recorded when this
    returns."""
    chunks = _chunks(format, filters, rules, now, actor, reach)
    return (text for _, text in chunks)


def _chunks(
    name: str, filters: Filters | None, rules: InForce, now: datetime, actor: Actor, reach: Reach
) -> Iterator[tuple[int, str]]:
    if name not in FORMATS:
        raise InvalidInput("is not one of " + ", ".join(FORMATS), field="format")
    asked = filters or EVERYTHING
    queryset = inventory(asked, rules, now, tokens_within(reach)).order_by("pk")
    _record(queryset, name, asked, now, actor)
    found = rows(queryset, rules, now)
    return _csv(found) if name == "csv" else _json(found)


def _record(
    queryset: QuerySet[Token], name: str, filters: Filters, now: datetime, actor: Actor
) -> None:
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.EXPORT_DONE,
            Subject("inventory", "", "Inventory"),
            rows=queryset.count(),
            format=name,
            filters=[f"{key}={value}" for key, value in filters.without("sort").pairs()],
        )


def _batches(pieces: Iterator[str]) -> Iterator[list[str]]:
    """Of text, not of rows: what lives on is what the collector of garbage looks at."""
    while batch := list(islice(pieces, BATCH)):
        yield batch


def _json(found: Iterator[Row]) -> Iterator[tuple[int, str]]:
    opening = "[\n"
    for batch in _batches(map(_object, found)):
        yield len(batch), opening + ",\n".join(batch)
        opening = ",\n"
    yield 0, "[]\n" if opening == "[\n" else "\n]\n"


#: One object with the place of each value: the encoder would write every name anew for every row.
_OBJECT = "{" + ", ".join(f'"{name}": %s' for name in COLUMNS) + "}"


def _object(row: Row) -> str:
    return _OBJECT % tuple(
        [encode_basestring(each) if type(each) is str else _word(each) for each in record(row)]
    )


def _word(value: Value) -> str:
    """A value as JSON has it, other than ASCII as it is."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    return f"[{', '.join([encode_basestring(word) for word in value])}]"


def _csv(found: Iterator[Row]) -> Iterator[tuple[int, str]]:
    yield 0, line(COLUMNS)
    for batch in _batches(map(_line, found)):
        yield len(batch), "".join(batch)


_FREE = [COLUMNS.index(name) for name in FREE_TEXT]
_FLAGS = COLUMNS.index("flags")


def _line(row: Row) -> str:
    """One line; text that a spreadsheet would run gets an apostrophe in front."""
    cells: list[Any] = list(record(row))
    cells[_FLAGS] = " ".join(row.flags)
    for place in _FREE:
        cells[place] = safe_cell(cells[place])
    return line(cells)
