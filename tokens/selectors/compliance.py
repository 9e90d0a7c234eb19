"""The share within policy, now and day by day: counted by the database, never token by token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from tokens.models import Company, Snapshot, Token
from tokens.models.flag_queries import ACTIVE
from tokens.policy.book import InForce
from tokens.policy.compliance import Tally
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.dashboard import share_columns
from tokens.selectors.within import inside

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


def tally_now(
    rules: InForce, now: datetime, company_id: UUID | None = None, reach: Reach = EVERYTHING
) -> Tally:
    """The same of all companies of the reach together, or of one; one query."""
    found = Token.objects.filter(ACTIVE, inside(reach))
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


def history(
    company_id: UUID | None, since: date, until: date, reach: Reach = EVERYTHING
) -> list[Day]:
    """Every day from `since` to `until`, both included, oldest first; one query.

    Of one company, or of all of the reach together. Without a row on a day on which others were
    counted a company had no active token.
    """
    days = Snapshot.objects.filter(day__gte=since, day__lte=until)
    together = company_id is None and reach.whole
    rows = days.filter(company__isnull=True)
    if not together:
        some = inside(reach) if company_id is None else Q(inside(reach), company=company_id)
        rows |= days.filter(some, company__isnull=False)
    counted: dict[date, Tally] = {}
    for day, company, *parts in rows.order_by().values_list("day", "company_id", *_PARTS):
        before = counted.get(day, Tally())
        counted[day] = before + Tally(*parts) if together or company is not None else before
    span = (until - since).days + 1
    return [Day(day, counted.get(day)) for day in (since + timedelta(n) for n in range(span))]


def records(
    company_id: UUID | None, since: date, until: date, reach: Reach = EVERYTHING
) -> Iterator[Record]:
    """Rows as they were written, by day, all companies together ("") first; streamed.

    Where the reach is not whole there is none of all companies together.
    """
    rows = Snapshot.objects.filter(inside(reach), day__gte=since, day__lte=until)
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
