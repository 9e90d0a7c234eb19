"""The compliance history as CSV: streamed, and recorded in the audit trail before it begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.compliance import Record, records
from tokens.selectors.span import Span
from tokens.services.csv_cells import safe_cell

COLUMNS = (
    "day", "company", "active", "counted", "within", "out_of_policy", "percent", "unknown_age",
    "not_held", "excepted",
)  # fmt: skip


def export_history(
    *, span: Span, actor: Actor, now: datetime, reach: Reach = EVERYTHING
) -> Iterator[str]:
    """Pieces of CSV; rows of all companies together, where all are in reach, have an empty company.

    Where they are not, the entry says of how many companies the file may hold rows.
    """
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.EVIDENCE_EXPORTED,
            Subject("evidence", name="Compliance history"),
            what="history",
            format="csv",
            since=span.since,
            until=span.until,
            filters=_filters(span, reach),
        )
    company = span.company.pk if span.company else None
    return _lines(records(company, span.since, span.until, reach))


def _filters(span: Span, reach: Reach) -> list[str]:
    if span.company:
        return [f"company={span.company.name}"]
    return [] if reach.companies is None else [f"companies={len(reach.companies)}"]


def _lines(found: Iterator[Record]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found:
        yield _taken(buffer)
        tally = each.tally
        writer.writerow(
            (
                each.day, safe_cell(each.company), tally.active, tally.counted, tally.within,
                tally.out_of_policy, tally.percent, tally.unknown_age, tally.not_held,
                tally.excepted,
            )
        )  # fmt: skip
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
