"""Seen in use, by whom and when, with the time that nobody looked at told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import Secret, Usage
from tokens.policy.logs import Cover
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource
from tokens.selectors.usage import Use, Who, cover_of
from tokens.web.charts import Sparkline, sparkline
from tokens.web.charts_days import day_strip

#: Days of the first chart, by hours, and of the second, day by day.
DAYS = 30
MANY_DAYS = 90
#: Who used it: so many stand open, the others behind a click.
SHOWN = 8
SOURCE_WORDS = {
    EvidenceSource.REPORT.value: "Reported by its integration",
    EvidenceSource.LOG.value: "In imported logs",
    EvidenceSource.HEADERS.value: "By call count",
}
_BRIEFLY = {
    EvidenceSource.REPORT.value: "report",
    EvidenceSource.LOG.value: "log",
    EvidenceSource.HEADERS.value: "call count",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """`chart` and `many` are None where nothing was looked at in their days. Hours as on `chart`.

    headers: whether answers ever said how many calls are left. silence: whether some source would
    have told of hours without use, too. sources: (who saw it, first, last), the latest first.
    """

    chart: Sparkline | None
    many: Sparkline | None
    total: int
    headers: bool
    silence: bool
    sources: tuple[tuple[str, datetime, datetime], ...]
    logs: Cover | None


@dataclass(frozen=True, slots=True)
class WhoRow:
    """One line of "who uses this token", with its source in words."""

    who: Who
    source: str


def seen_in_use(use: Use, secret: Secret, now: datetime) -> Seen:
    """What headers, reports and logs say: 30 days by hours, 90 by days."""
    cover = cover_of(secret)
    days = use.days(cover, now=now, count=MANY_DAYS)
    lately = days[-DAYS:]
    headers = use.of(EvidenceSource.HEADERS) is not None
    chart = sparkline([(day.day, day.hours_looked, day.hours_seen) for day in lately])
    many = day_strip([(day.day, day.looked, day.seen) for day in days])
    return Seen(
        chart=chart if chart.looked else None,
        many=many if many.looked else None,
        total=DAYS * 24,
        headers=headers,
        silence=headers or cover is not None,
        sources=_sources(use),
        logs=cover,
    )


def who_uses(use: Use) -> tuple[list[WhoRow], list[WhoRow]]:
    """Those who were named, the latest first: the first few, and the others."""
    rows = [WhoRow(who, _BRIEFLY[who.source]) for who in use.who()]
    return rows[:SHOWN], rows[SHOWN:]


def _sources(use: Use) -> tuple[tuple[str, datetime, datetime], ...]:
    return tuple(
        (SOURCE_WORDS[each.source], each.first_seen_at, each.last_seen_at)
        for each in use.sources
        if each.first_seen_at is not None and each.last_seen_at is not None
    )


def watched(secret: Secret, since: datetime, now: datetime) -> tuple[int, int, int]:
    """(looked, seen, total) hours since a moment: how much of a watch was really kept."""
    headers = Usage.objects.filter(secret=secret, source=EvidenceSource.HEADERS.value).first()
    hours = HourMap() if headers is None else headers.maps()[0]
    return hours.hours(since, now)
