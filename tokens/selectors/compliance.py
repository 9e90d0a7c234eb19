"""The share within policy, now and day by day: counted by the database, never token by token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F

from tokens.models import Company, Snapshot, Token
from tokens.models.flag_queries import ACTIVE
from tokens.policy.book import InForce
from tokens.policy.compliance import Tally
from tokens.selectors.dashboard import share_columns

_PARTS = ("within", "out_of_policy", "unknown_age", "not_held", "excepted")
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Day:
    """One counted day. `tally` None: nobody counted on it, so nothing is known."""

    day: date
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the export."""

    day: date
    company: str
    tally: Tally


def tallies(rules: InForce, now: datetime) -> dict[UUID, Tally]:
    """Active tokens of each company that has any, by its id; one grouped query."""
    grouped = (
        Token.objects.filter(ACTIVE)
        .order_by()
        .values("company_id")
        .annotate(**share_columns(rules, now))
    )
    return {row["company_id"]: _tally(row) for row in grouped}


def tally_now(rules: InForce, now: datetime, company_id: UUID | None = None) -> Tally:
    """The same of all companies together, or of one; one query."""
    found = Token.objects.filter(ACTIVE)
    if company_id is not None:
        found = found.filter(company_id=company_id)
    return _tally(found.aggregate(**share_columns(rules, now)))


def _tally(row: Mapping[str, Any]) -> Tally:
    return Tally(
        within=row["within"],
        out_of_policy=row["counted"] - row["within"],
        unknown_age=row["unknown_age"],
        not_held=row["not_held"],
        excepted=row.get("excepted", 0),
    )


def history(company_id: UUID | None, since: date, until: date) -> list[Day]:
    """Every day from `since` to `until`, both included, oldest first; one query.

    Of a company without a row on a day on which others were counted: it had no active token.
    """
    days = Snapshot.objects.filter(day__gte=since, day__lte=until)
    names = ("day", "company_id", *_PARTS)
    overall = days.filter(company__isnull=True)
    rows = overall if company_id is None else overall | days.filter(company_id=company_id)
    counted: dict[date, Tally] = {}
    for day, company, *parts in rows.order_by().values_list(*names):
        if company_id is None or company is not None:
            counted[day] = Tally(*parts)
        else:
            counted.setdefault(day, Tally())
    span = (until - since).days + 1
    return [Day(day, counted.get(day)) for day in (since + timedelta(n) for n in range(span))]


def records(company_id: UUID | None, since: date, until: date) -> Iterator[Record]:
    """Rows as they were written, by day, all companies together ("") first; streamed."""
    rows = Snapshot.objects.filter(day__gte=since, day__lte=until)
    if company_id is not None:
        rows = rows.filter(company_id=company_id)
    names = ("day", "company__name", *_PARTS)
    ordered = rows.order_by("day", F("company__name").asc(nulls_first=True)).values_list(*names)
    for day, name, *parts in ordered.iterator(chunk_size=CHUNK):
        yield Record(day, name or "", Tally(*parts))


def first_day() -> date | None:
    """Since when anybody counted."""
    found = Snapshot.objects.filter(company__isnull=True).order_by("day")
    return found.values_list("day", flat=True).first()


def company_named(text: str) -> Company | None:
    """A company by its id or exact name; None where there is none."""
    try:
        return Company.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return Company.objects.filter(name=text).first()
