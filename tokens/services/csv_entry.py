"""From a record of an import file to an entry, with everything that is wrong with it."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tokens.policy.register import Invalid, parse_issued_at, parse_workspace_id
from tokens.services.csv_table import Record, RowError
from tokens.services.entries import Entry, clean_entry

T = TypeVar("T")


def read_entry(record: Record, *, now: datetime) -> tuple[Entry, list[RowError]]:
    """The entry of a record; it may be stored only where there are no errors."""
    problems: list[Invalid] = []

    def take(read: Callable[[str], T], column: str, instead: T) -> T:
        try:
            return read(record.cells.get(column, ""))
        except Invalid as problem:
            problems.append(problem)
            return instead

    def text(column: str) -> str:
        return record.cells.get(column, "").strip()

    held = take(_held, "held", True)
    entry = Entry(
        company_name=text("company"),
        workspace_id=take(parse_workspace_id, "workspace_id", None),
        integration_name=text("integration"),
        environment=text("environment"),
        scope=text("scope"),
        owner_email=text("owner_email"),
        created_by_email=text("created_by_email"),
        issued_at=take(lambda cell: parse_issued_at(cell, now), "issued_at", None),
        value=take(lambda cell: _value(cell, held), "token", None),
        label=text("label"),
        where=text("where"),
        runbook_url=text("runbook_url"),
        line=record.line,
    )
    entry, more = clean_entry(entry, now=now)
    return entry, [RowError(record.line, each.field, each.reason) for each in problems + more]


def _held(cell: str) -> bool:
    word = cell.strip().lower()
    if word not in {"", "yes", "no"}:
        raise Invalid("held", "is not one of yes, no")
    return word != "no"


def _value(cell: str, held: bool) -> str | None:
    """The value as it stands: a blank in a token is a mistake that a person has to see."""
    if held and not cell:
        raise Invalid("token", "is empty; write held = no if nobody has the value any more")
    if not held and cell:
        raise Invalid("token", "must be empty where held is no")
    return cell or None
