"""Importing a CSV file: all of its rows, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import DomainError
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.csv_entry import read_entry
from tokens.services.csv_mapped import read_mapped
from tokens.services.csv_table import LARGEST, ImportRefused, RowError, read_table
from tokens.services.entries import Entry
from tokens.services.registering import Registrar

__all__ = ["ImportRefused", "ImportResult", "RowError", "import_csv"]

Progress = Callable[[int, int], None]
_STEP = 200


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import stored, or would have stored where `dry_run` is set."""

    rows: int
    created: int
    companies: int
    integrations: int
    people: int
    dry_run: bool


class _RolledBack(Exception):
    """How a dry run takes its work back."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__("dry run")
        self.result = result


def import_csv(
    *,
    source: BinaryIO | bytes,
    dry_run: bool,
    allow_shared: bool,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
    reach: Reach = EVERYTHING,
) -> ImportResult:
    """Store every row of the file as a token, or nothing at all.

    `progress` is called with (rows done, rows). A dry run does the same work and takes it back.
    `mapping` (policy.import_columns) says where each column comes from; else the header does.
    `reach`: where whoever brings it may store tokens; rows of other places are bad ones.
    Raises ImportRefused with every bad row by line, column and reason, never by content; and
    WrongState if somebody stored the same at the same moment.
    """
    data = source if isinstance(source, bytes) else source.read(LARGEST + 1)
    entries, errors = read_entries(data, now, mapping)
    try:
        with audited(actor=actor, now=now) as trail:
            registrar = Registrar(
                trail=trail,
                now=now,
                allow_shared=allow_shared,
                event=Event.TOKEN_IMPORTED,
                reach=reach,
            )
            errors += add_all(registrar, entries, progress)
            if errors:
                raise ImportRefused(sorted(errors, key=lambda error: error.line))
            registrar.finish()
            result = ImportResult(
                rows=len(entries), created=len(entries), dry_run=dry_run, **registrar.created
            )
            trail.add(
                Event.IMPORT_DONE,
                Subject("import"),
                rows=result.rows,
                created=result.created,
                companies=result.companies,
                integrations=result.integrations,
                people=result.people,
                shared=allow_shared,
            )
            if dry_run:
                raise _RolledBack(result)
    except _RolledBack as taken_back:
        return taken_back.result
    return result


def read_entries(
    data: bytes, now: datetime, mapping: Mapping[str, str] | None = None
) -> tuple[list[Entry], list[RowError]]:
    """The entries without fault, and the errors of all others."""
    records, errors = read_table(data) if mapping is None else read_mapped(data, mapping)
    entries = []
    for record in records:
        entry, problems = read_entry(record, now=now)
        errors += problems
        if not problems:
            entries.append(entry)
    return entries, errors


def add_all(
    registrar: Registrar, entries: Sequence[Entry], progress: Progress | None
) -> list[RowError]:
    """Decide on every entry, so that all conflicts of a file are told at once."""
    registrar.expect(entries)
    errors = []
    for done, entry in enumerate(entries, start=1):
        try:
            registrar.add_clean(entry)
        except DomainError as error:
            errors.append(RowError(entry.line or 0, error.field, error.message))
        if progress is not None and (done % _STEP == 0 or done == len(entries)):
            progress(done, len(entries))
    return errors
