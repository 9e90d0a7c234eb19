"""Import use from logs: all rows or none; evidence only ever moves forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, Subject, audited
from tokens.policy.logs import Cover
from tokens.policy.register import clean_label
from tokens.services.csv_table import ImportRefused, RowError
from tokens.services.entries import cleaned
from tokens.services.usage_import.covering import Covered, cover_of, integrations_of, named
from tokens.services.usage_import.matching import Matched, match
from tokens.services.usage_import.reading import Sighting
from tokens.services.usage_import.recording import note_cover, note_use

NOT_KNOWN = "is of no token in the inventory"


@dataclass(frozen=True, slots=True)
class UsageImported:
    """Rows taken, tokens' secrets seen in them, rows of unknown values left out, and secrets whose
    silence counts from now on. `since` and `until`: the first and the last use. `users`: how many
    different addresses and user agents the log names for them."""

    rows: int
    secrets: int
    unknown: int
    covered: int
    since: datetime | None
    until: datetime | None
    users: int = 0


class _RolledBack(Exception):
    """How a dry run takes its work back."""

    def __init__(self, result: UsageImported) -> None:
        super().__init__("dry run")
        self.result = result


def import_usage(
    *,
    sightings: Sequence[Sighting],
    errors: Sequence[RowError] = (),
    source: str = "",
    covered: Covered | None = None,
    skip_unknown: bool = False,
    dry_run: bool = False,
    actor: Actor,
    now: datetime,
) -> UsageImported:
    """Note every sighting, or none of them. A dry run does the same work and takes it back.

    `errors`: what reading the file found. `skip_unknown` leaves rows out whose value is not in the
    inventory, and counts them. Raises ImportRefused with every bad row by line, column and reason;
    InvalidInput for a cover that cannot be (fields `covers` and `of`).
    """
    name = cleaned(clean_label, source, "source")
    cover = cover_of(covered, now)
    try:
        with audited(actor=actor, now=now) as trail:
            found = match(sightings)
            _refuse([*errors, *found.errors], () if skip_unknown else found.unknown)
            note_use(found.seen)
            reached = note_cover(cover, integrations_of(covered)) if cover else 0
            result = _told(found, rows=len(sightings), covered=reached)
            about = Subject("usage", name=name or "a log")
            trail.add(Event.USAGE_IMPORTED, about, **_facts(result, cover, covered))
            if dry_run:
                raise _RolledBack(result)
    except _RolledBack as taken_back:
        return taken_back.result
    return result


def _refuse(errors: list[RowError], unknown: Sequence[Sighting]) -> None:
    errors += [RowError(each.line, _column(each), NOT_KNOWN) for each in unknown]
    if errors:
        raise ImportRefused(sorted(errors, key=lambda error: error.line))


def _told(found: Matched, *, rows: int, covered: int) -> UsageImported:
    return UsageImported(
        rows=rows - len(found.unknown),
        secrets=len(found.seen),
        unknown=len(found.unknown),
        covered=covered,
        since=min((seen.first for seen in found.seen.values()), default=None),
        until=max((seen.last for seen in found.seen.values()), default=None),
        users=len({pair for seen in found.seen.values() for pair in seen.by}),
    )


def _facts(result: UsageImported, cover: Cover | None, covered: Covered | None) -> dict[str, Any]:
    return {
        "rows": result.rows,
        "tokens": result.secrets,
        "unknown": result.unknown,
        "since": result.since,
        "until": result.until,
        "covers_since": cover.since if cover else None,
        "covers_until": cover.until if cover else None,
        "integrations": named(covered),
        "covered": result.covered,
    }


def _column(sighting: Sighting) -> str:
    return "hint" if sighting.mark is None else ""
