"""Reading a table whose columns have other names than ours, as a person said they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokens.policy.import_columns import guess
from tokens.services.csv_table import Record, RowError, is_name, read_header, read_table

#: So many headings that we know make a first line a header, whose names may be shown.
_EVIDENT = 2


def read_mapped(data: bytes, mapping: Mapping[str, str]) -> tuple[list[Record], list[RowError]]:
    """As read_table, by a mapping of policy.import_columns. A file without a column of tokens has
    tokens whose values nobody holds."""
    columns = [""] * len(read_header(data))
    every_row = {"held": "no"} if "token" not in mapping else {}
    for column, source in mapping.items():
        if source.startswith("="):
            every_row[column] = source[1:]
        else:
            columns[int(source)] = column
    records, errors = read_table(data, columns=columns)
    for record in records:
        record.cells.update(every_row)
    return records, errors


def shown_headings(header: Sequence[str]) -> list[str]:
    """The names of the columns, as far as they may be shown: a file without a header has data in
    its first line, a token among it."""
    evident = len(guess(header)) >= _EVIDENT
    return [
        name if evident and is_name(name) else f"Column {position}"
        for position, name in enumerate(header, start=1)
    ]
