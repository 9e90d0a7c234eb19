"""Looking for plaintext wherever it could have ended up: raw, hexadecimal, base64, URL-encoded."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tokens.policy.fields import PREFIXES


def forms(value: str) -> Iterator[bytes]:
    """How a value may be written down. Base64 depends on its place among three bytes, so the
    middle of each of the three ways of writing it is looked for."""
    raw = value.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield quote(value, safe="").encode()
    for shift in range(3):
        padded = b"\0" * shift + raw
        middle = base64.b64encode(padded)[4:-4]
        yield middle
        yield middle.replace(b"+", b"-").replace(b"/", b"_")


def secret_part(value: str) -> str:
    """What must not be found even by itself: the value without the vendor's well-known prefix."""
    for prefix in PREFIXES:
        value = value.removeprefix(prefix)
    return value


def found_in(haystack: bytes, values: Iterable[str]) -> list[int]:
    """Numbers of the values that are found (never the values: a failing test must not leak)."""
    return [
        number
        for number, value in enumerate(values)
        if any(form in haystack for form in forms(secret_part(value)))
    ]


def database_dump() -> bytes:
    """Every cell of every table, as text and as bytes."""
    cells: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                cells.extend(_cell(cell) for cell in row)
    return b"\n".join(cells) + _database_files()


def _cell(cell: object) -> bytes:
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell)
    return str(cell).encode()


def _database_files() -> bytes:
    """SQLite keeps what was deleted, and its write-ahead log; both are read as they lie there."""
    if connection.vendor != "sqlite":
        return b""
    name = Path(str(connection.settings_dict["NAME"]))
    return b"".join(path.read_bytes() for path in name.parent.glob(name.name + "*"))
