"""Reading the bytes of a CSV file into records, each with the line of the file it starts in.

Source: shared/interfaces.md, "Import CSV". No message repeats what stands in a cell: whoever slips
by a column, or leaves out the header, has a token there.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tokens.errors import DomainError
from tokens.policy.register import looks_like_token

REQUIRED = ("company", "integration", "environment", "scope", "owner_email", "issued_at", "token")
OPTIONAL = ("workspace_id", "created_by_email", "label", "held", "where", "runbook_url")
COLUMNS = REQUIRED + OPTIONAL
LARGEST = 64 * 1024 * 1024
SHOWN = 1_000

_LINE_END = re.compile(rb"\r\n|\r|\n")
_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z _-]{0,29}")


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong. `line` counts the lines of the file from 1, its header; `column` is
    empty where the whole line is meant."""

    line: int
    column: str
    reason: str


class ImportRefused(DomainError):
    """Nothing was imported. `errors` holds the first thousand reasons, `more` counts the rest."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        count = len(errors)
        super().__init__(
            f"Nothing was imported: {count} {'problem' if count == 1 else 'problems'} found"
        )
        self.errors = list(errors[:SHOWN])
        self.more = max(0, count - SHOWN)


@dataclass(slots=True)
class Record:
    """One record: the line it starts in and its cells by column. Never shows its cells."""

    line: int
    cells: dict[str, str] = field(repr=False)


def refuse(line: int, reason: str, column: str = "") -> ImportRefused:
    return ImportRefused([RowError(line, column, reason)])


def read_header(data: bytes) -> list[str]:
    """The cells of line 1. Raises ImportRefused where the file as a whole cannot be read."""
    rows = _rows(decode(data))
    _, header = next(rows, (1, []))
    if next(rows, None) is None:
        raise refuse(1, "has a header and no rows")
    names = [name.strip() for name in _trimmed(header, 0)]
    if not names:
        raise refuse(1, "is blank, and should name the columns")
    return names


def read_table(
    data: bytes,
    *,
    required: Sequence[str] = REQUIRED,
    optional: Sequence[str] = OPTIONAL,
    columns: Sequence[str] | None = None,
) -> tuple[list[Record], list[RowError]]:
    """All records, and what is wrong with the file's form row by row.

    `columns` names the file's columns by position, "" for those that are not to be read; else the
    header does.

    Raises ImportRefused where the file as a whole cannot be read: encoding, header, quotes.
    """
    text = decode(data)
    rows = _rows(text)
    _, header = next(rows, (1, []))
    if columns is None:
        columns = _columns([name.strip() for name in _trimmed(header, 0)], required, optional)
    records, errors = [], []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue  # a blank line, or the row of separators that spreadsheets leave behind
        cells = _trimmed(row, len(columns))
        if len(cells) == len(columns):
            named = zip(columns, cells, strict=True)
            records.append(Record(line, {name: cell for name, cell in named if name}))
        else:
            errors.append(RowError(line, "", f"has {len(cells)} cells instead of {len(columns)}"))
    if not records and not errors:
        raise refuse(1, "has a header and no rows")
    return records, errors


def decode(data: bytes) -> str:
    """The text of a file. Raises ImportRefused: too large, not UTF-8, with NUL, or empty."""
    if len(data) > LARGEST:
        raise refuse(1, f"is larger than {LARGEST // 1024 // 1024} MB")
    try:
        text = data.decode("utf-8")
        problem = None
    except UnicodeDecodeError as error:
        text, problem = "", refuse(_line_at(data[: error.start]), "is not UTF-8")
    if problem is not None:
        raise problem  # outside the handler: the decoder's error holds the whole file
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        before = text[: text.index("\0")].encode()
        raise refuse(_line_at(before), "contains a NUL character")
    if not text.strip():
        raise refuse(1, "is an empty file")
    return text


def _line_at(before: bytes) -> int:
    """The line that comes after these bytes, whatever ends lines here."""
    return len(_LINE_END.findall(before)) + 1


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the line it starts in. Raises ImportRefused at a broken one."""
    first = text.splitlines()[0]
    semicolons, commas = first.count(";"), first.count(",")
    delimiter = ";" if semicolons > commas else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if cells is None:
            raise refuse(line, "has quotes that are not closed, or text after them, or a huge cell")
        yield line, cells


def _trimmed(cells: list[str], keep: int) -> list[str]:
    """Without the blank cells that spreadsheets leave at the end of every line."""
    end = len(cells)
    while end > keep and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _columns(header: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    """The header's columns. Raises ImportRefused, naming each that is unknown, twice or missing."""
    errors = []
    missing = [name for name in required if name not in header]
    # A file without a header has data here; only what is evidently a header is repeated.
    evident = len(missing) < max(1, len(required) // 2)
    for position, name in enumerate(header, start=1):
        if name not in (*required, *optional):
            shown = name if evident and is_name(name) else f"cell {position}"
            errors.append(RowError(1, shown, "is an unknown column"))
        elif header.index(name) != position - 1:
            errors.append(RowError(1, name, "is there twice"))
    errors += [RowError(1, name, "is a missing column") for name in missing]
    if errors:
        raise ImportRefused(errors)
    return header


def is_name(text: str) -> bool:
    """Whether this may be repeated as the name of a column: no part of a token."""
    return bool(_COLUMN_NAME.fullmatch(text)) and not looks_like_token(text)
