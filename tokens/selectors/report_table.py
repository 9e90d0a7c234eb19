"""The parts of a report in words: sentences and tables, without a word of markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tokens.selectors.report_shape import Listing
from tokens.selectors.words import span as length

NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """`more` rows are not shown; `elsewhere` says where they are."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    elsewhere: str = ""
    none: str = "None."


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


def day(on: date) -> str:
    """24 Nov 2026."""
    return f"{on.day} {on:%b %Y}"


def moment(at: datetime | None) -> str:
    """24 Nov 2026, 09:30 UTC."""
    if at is None:
        return NONE
    at = at.astimezone(UTC)
    return f"{day(at.date())}, {at:%H:%M} UTC"


def took(time: timedelta) -> str:
    """5 minutes, 26 hours, 3 days; "refused before" where there was nothing to wait for."""
    return length(time.total_seconds()) if time else "refused before"


def counted(listing: Listing[Any], noun: str, what: str) -> str:
    """So many of them in all, shown or not: 3 revocations recorded."""
    plural = noun if listing.total == 1 else f"{noun}s"
    return f"{listing.total} {plural} {what}"
