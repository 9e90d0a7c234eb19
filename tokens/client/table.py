"""Rows as a table that fits the terminal; whole where nobody looks, so that pipes lose nothing."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from tokens.client.trouble import printable

BETWEEN = "  "
#: With fewer columns than this each row becomes a block of lines.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Column:
    """`least`: to how many places it may shrink, 0: not at all. `rank`: the highest goes first
    where there is no room, 0 never.
    """

    name: str
    title: str
    least: int = 0
    rank: int = 0


def width_of(stream: TextIO) -> int | None:
    """The places of the terminal; None where it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def table(columns: Sequence[Column], rows: Sequence[dict[str, str]], width: int | None) -> str:
    """The table, or blocks of lines where the terminal is too narrow for one."""
    natural = {
        column.name: max([cells(column.title), *(cells(row[column.name]) for row in rows)])
        for column in columns
    }
    if width is None:
        return _drawn(columns, rows, natural)
    kept = _fitting(columns, natural, width)
    if len(kept) < min(FEWEST, len(columns)):
        return blocks(columns, rows)
    return _drawn(kept, rows, _shrunk(kept, natural, width))


def blocks(columns: Sequence[Column], rows: Sequence[dict[str, str]]) -> str:
    """Each row as lines of title and value."""
    wide = max(cells(column.title) for column in columns)
    texts = [
        "\n".join(
            f"{_padded(column.title, wide)}{BETWEEN}{row[column.name]}".rstrip()
            for column in columns
        )
        for row in rows
    ]
    return "\n\n".join(texts)


def cells(text: str) -> int:
    """How many places a text takes."""
    return sum(_places(char) for char in text)


def _places(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _least(column: Column, natural: dict[str, int]) -> int:
    whole = natural[column.name]
    return min(whole, max(column.least, cells(column.title))) if column.least else whole


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(BETWEEN) * max(0, len(widths) - 1)


def _fitting(columns: Sequence[Column], natural: dict[str, int], width: int) -> list[Column]:
    kept = list(columns)
    while kept and _total([_least(column, natural) for column in kept]) > width:
        last = max(kept, key=lambda column: column.rank)
        if not last.rank:
            return []
        kept.remove(last)
    return kept


def _shrunk(kept: Sequence[Column], natural: dict[str, int], width: int) -> dict[str, int]:
    found = {column.name: natural[column.name] for column in kept}
    while _total(list(found.values())) > width:
        room = [column for column in kept if found[column.name] > _least(column, natural)]
        widest = max(room, key=lambda column: found[column.name])
        found[widest.name] -= 1
    return found


def _drawn(
    columns: Sequence[Column], rows: Sequence[dict[str, str]], widths: dict[str, int]
) -> str:
    titles = {column.name: column.title for column in columns}
    return "\n".join(
        BETWEEN.join(
            _padded(_cut(row[column.name], widths[column.name]), widths[column.name])
            for column in columns
        ).rstrip()
        for row in [titles, *rows]
    )


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    kept = ""
    for char in text:
        if cells(kept) + _places(char) > width - 1:
            break
        kept += char
    return f"{kept}…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def shown(value: object) -> str:
    """A value of the API as a cell: "" for null, lists with blanks, no control signs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(shown(each) for each in value)
    return printable(value)
