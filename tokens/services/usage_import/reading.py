"""From the bytes of a log to sightings: when, and which value as far as the row says.

A token that stands in a row is fingerprinted here and forgotten. No message repeats a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from tokens.keys import fingerprint_key
from tokens.policy.fields import parse_moment
from tokens.policy.register import Invalid, check_value
from tokens.policy.sightings import clean_address, clean_agent
from tokens.services.csv_table import ImportRefused, Record, RowError, decode, is_name, read_table
from tokens.services.sightings import Pair
from tokens.vault.fingerprints import fingerprint

Form = Literal["csv", "jsonl"]

REQUIRED = ("time",)
NAMING = ("token", "fingerprint", "hint")
PLACE = ("integration", "company", "environment")
WHO = ("address", "user_agent")
COLUMNS = (*REQUIRED, *NAMING, *PLACE, *WHO)
#: How far the clock of whoever wrote the log may run ahead of ours.
AHEAD = timedelta(minutes=5)

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One row: use at `at`, of the value with this fingerprint, else of one with this hint in
    `place` (integration, company, environment; empty where the row does not say), by `who`."""

    line: int
    at: datetime
    mark: bytes | None
    hint: str = ""
    place: tuple[str, str, str] = ("", "", "")
    who: Pair = ("", "")


def form_of(name: str) -> Form:
    """What a file is by its name, which is not looked at any further."""
    return "jsonl" if name.lower().endswith((".jsonl", ".ndjson", ".json")) else "csv"


def read_file(data: bytes, form: Form, *, now: datetime) -> tuple[list[Sighting], list[RowError]]:
    """The sightings of a file, and what is wrong with its other rows.

    Raises ImportRefused where the file as a whole cannot be read.
    """
    if form == "csv":
        return _sightings(*read_table(data, required=REQUIRED, optional=COLUMNS[1:]), now=now)
    lines = decode(data).splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    return _sightings(*_records([(n, _parsed(line)) for n, line in numbered]), now=now)


def read_objects(
    objects: Sequence[object], *, now: datetime
) -> tuple[list[Sighting], list[RowError]]:
    """The same of objects that are parsed already; they are counted from 1."""
    return _sightings(*_records(enumerate(objects, start=1)), now=now)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # its text and its attributes repeat the line
        return None


def _records(rows: Iterable[tuple[int, object]]) -> tuple[list[Record], list[RowError]]:
    records, errors = [], []
    for line, found in rows:
        problems = _problems(line, found)
        errors += problems
        if not problems and isinstance(found, dict):
            records.append(Record(line, {key: text or "" for key, text in found.items()}))
    if not records and not errors:
        raise ImportRefused([RowError(1, "", "has no rows")])
    return records, errors


def _problems(line: int, found: object) -> list[RowError]:
    if not isinstance(found, dict):
        return [RowError(line, "", "is no JSON object")]
    unknown = [key for key in found if key not in COLUMNS]
    errors = [
        RowError(line, key if is_name(key) else "", "is an unknown name") for key in unknown[:5]
    ]
    for key, text in found.items():
        if key in COLUMNS and not isinstance(text, str | None):
            errors.append(RowError(line, key, "is no text"))
    return errors


def _sightings(
    records: Sequence[Record], errors: list[RowError], *, now: datetime
) -> tuple[list[Sighting], list[RowError]]:
    found = []
    for record in records:
        try:
            found.append(_sighting(record, now))
        except Invalid as problem:
            errors.append(RowError(record.line, problem.field, problem.reason))
    return found, errors


def _sighting(record: Record, now: datetime) -> Sighting:
    cells = {name: record.cells.get(name, "").strip() for name in COLUMNS}
    at = parse_moment(cells["time"], "time")
    if at is None:
        raise Invalid("time", "is empty")
    if at > now + AHEAD:
        raise Invalid("time", "lies in the future")
    given = [name for name in NAMING if cells[name]]
    if len(given) != 1:
        raise Invalid(given[-1] if given else "token", "give one of token, fingerprint, hint")
    who = clean_address(cells["address"]), clean_agent(cells["user_agent"])
    if given != ["hint"]:
        return Sighting(record.line, min(at, now), _mark(given[0], cells[given[0]]), who=who)
    integration, company, environment = (cells[name] for name in PLACE)
    hint = cells["hint"].replace("...", "…")
    place = (integration, company, environment)
    return Sighting(record.line, min(at, now), None, hint, place, who)


def _mark(name: str, text: str) -> bytes:
    if name == "token":
        check_value(text)
        return fingerprint(fingerprint_key(), text)
    if not _HEX.fullmatch(text.lower()):
        raise Invalid("fingerprint", "is not 64 hexadecimal digits")
    return bytes.fromhex(text)
