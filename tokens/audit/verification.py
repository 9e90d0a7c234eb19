"""Verification: walk the whole chain, in pieces, and name the first entry that is not as written.

It finds an edit of any column, a deletion (middle, tail, all), an insertion, a changed order, and
a head that is missing or points elsewhere. Somebody who can rewrite every entry and the head can
also make a whole new chain: that is caught by comparing with a head that a mail carried away.

Where older entries were archived and removed, the walk begins after them, at the hash that the
entry about it names (tokens/audit/anchors.py); the archive and this trail are walked as one by
`verify_audit --archive`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tokens.audit.anchors import Anchor, anchor
from tokens.audit.chain import COLUMNS, GENESIS, Entry, entry_hash
from tokens.models.audit import AuditEvent, ChainHead

CHUNK = 2000

_ENTRIES = AuditEvent._meta.db_table
_HEADS = ChainHead._meta.db_table
# As text, so that a moment that no datetime can hold is a finding and not a crash. An expression
# keeps Django's converter of SQLite's datetime columns away.
_AT = {
    "postgresql": """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "sqlite": "CASE typeof(at) WHEN 'text' THEN at || '' END",
}
_REST = ", ".join(COLUMNS[2:])


@dataclass(frozen=True, slots=True)
class Verification:
    """What the walk found. `first_bad` is the number of the entry where the chain breaks.

    `after`: the entries up to this number were removed, so the walk began behind them.
    """

    entries: int
    ok: bool
    first_bad: int | None = None
    reason: str = ""
    after: int = 0


def head(*, using: str = DEFAULT_DB_ALIAS) -> tuple[int, str] | None:
    """Number and hash of the last entry as the head row says, (0, GENESIS) before the first one.

    None where the head row is missing, which is tampering. Mails to administrators carry it.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT number, hash FROM {_HEADS} WHERE id = 1")  # noqa: S608 - own names
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])


def hash_of(number: int, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """The stored hash of one entry, GENESIS for number 0, empty where there is no such entry.

    The last of the removed entries counts as stored: the entry about it names its hash.
    """
    if number == 0:
        return GENESIS
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT hash FROM {_ENTRIES} WHERE id = %s", [number])  # noqa: S608
        row = cursor.fetchone()
    if row is None:
        gone = anchor(using=using)
        return gone.hash if gone.number == number else ""
    return str(row[0])


def chunks_after(
    connection: BaseDatabaseWrapper, after: int | None
) -> Iterator[list[Sequence[Any]]]:
    """Pieces of the trail after an entry, every row with its moment as it was hashed.

    Raises ValueError at an entry whose moment no recorder can have written.
    """
    for rows in _chunks(connection, after):
        yield [(row[0], _hashed_moment(connection, row), *row[2:]) for row in rows]


def _hashed_moment(connection: BaseDatabaseWrapper, row: Sequence[Any]) -> str:
    at = row[1] if connection.vendor == "postgresql" else _sqlite_moment(row[1])
    if at is None:
        raise ValueError(f"entry {row[0]} holds what was never written: run verify_audit")
    return str(at)


def verify(
    progress: Callable[[int], object] | None = None, *, using: str = DEFAULT_DB_ALIAS
) -> Verification:
    """Walk the chain; `progress` is called with how many entries were read since the last call.

    Takes no lock: entries written meanwhile are walked too, until the head is reached.
    """
    connection = connections[using]
    while True:
        gone = anchor(using=using)
        found = _walk(connection, gone, progress or (lambda count: None))
        if anchor(using=using).entry == gone.entry:
            return found
        # Entries were removed meanwhile, by the door: what is missing is no finding.


def _walk(
    connection: BaseDatabaseWrapper, gone: Anchor, progress: Callable[[int], object]
) -> Verification:
    if fault := gone.fault():
        return _bad(connection, gone.entry, fault)
    last, last_hash = gone.number, gone.hash
    start: int | None = None
    while True:
        for rows in _chunks(connection, start):
            for row in rows:
                fault = _fault(connection, row, last + 1, last_hash)
                if fault:
                    return _bad(connection, last + 1, fault)
                start = last = row[0]
                last_hash = row[-1]
            progress(len(rows))
        number, sealed = head(using=connection.alias) or (None, "")
        if number == last and sealed == last_hash:
            return Verification(last - gone.number, ok=True, after=gone.number)
        # Where the head is ahead, entries may have come after the last piece was read.
        if _is_number(number) and number > last and next(_chunks(connection, last), None):
            continue
        return _bad(connection, *_head_fault(number, last))


def _chunks(connection: BaseDatabaseWrapper, after: int | None) -> Iterator[Sequence[Any]]:
    """Pieces of the table in order of number, from the start (whatever is there) or after one."""
    at = _AT[connection.vendor]
    where = "WHERE id > %s" if after is not None else ""
    query = f"SELECT id, {at}, {_REST} FROM {_ENTRIES} {{}} ORDER BY id LIMIT {CHUNK}"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        while True:
            cursor.execute(query.format(where), [after] if where else [])
            rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            where, after = "WHERE id > %s", rows[-1][0]


def _fault(connection: BaseDatabaseWrapper, row: Sequence[Any], number: int, previous: str) -> str:
    """What is wrong with the entry that should be `number`, in words, or nothing."""
    if not _is_number(row[0]) or row[0] < number:
        return "an entry stands where none was written"
    if row[0] > number:
        return "an entry is missing"
    *columns, stored = row[2:]
    at = row[1] if connection.vendor == "postgresql" else _sqlite_moment(row[1])
    if at is None or not all(isinstance(value, str) for value in (*columns, stored)):
        return "the entry holds what was never written"
    if columns[-1] != previous:
        return "the entry does not follow the one before it"
    if entry_hash(Entry(number, at, *columns)) != stored:
        return "the entry was changed"
    return ""


def _head_fault(number: object, last: int) -> tuple[int, str]:
    """Where and how the head disagrees with a chain that is whole up to entry `last`."""
    if number is None:
        return last + 1, "the head of the chain is missing"
    if not _is_number(number) or number < 0:
        return last + 1, "the head of the chain was changed"
    if number > last:
        return last + 1, "entries are missing at the end"
    if number < last:
        return number + 1, "entries stand beyond the head of the chain"
    return max(last, 1), "the head of the chain was changed"


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _sqlite_moment(stored: object) -> str | None:
    """SQLite keeps Django's text (UTC, naive): only exactly that text counts."""
    if not isinstance(stored, str):
        return None
    try:
        at = datetime.fromisoformat(stored)
    except ValueError:
        return None
    if at.tzinfo is not None or str(at) != stored:
        return None
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _bad(connection: BaseDatabaseWrapper, number: int, reason: str) -> Verification:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_ENTRIES}")  # noqa: S608 - own names
        entries = cursor.fetchone()[0]
    return Verification(entries, ok=False, first_bad=number, reason=reason)
