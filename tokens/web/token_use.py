"""Seen in use, hour by hour, with the hours that nobody looked at told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tokens.models import Secret, Usage
from tokens.policy.logs import Cover
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource
from tokens.web.charts import Sparkline, sparkline

DAYS = 14
SOURCE_WORDS = {
    EvidenceSource.REPORT.value: "Reported by its integration",
    EvidenceSource.LOG.value: "In imported logs",
    EvidenceSource.HEADERS.value: "By call count",
}


@dataclass(frozen=True, slots=True)
class Use:
    """`chart` is None where no check ever brought usable headers. Hours as counted on `chart`.

    sources: (who saw it, first, last), the latest first. logs: what imported logs cover.
    """

    chart: Sparkline | None
    total: int
    sources: tuple[tuple[str, datetime, datetime], ...]
    logs: Cover | None


def use_of(secret: Secret, now: datetime) -> Use:
    """What headers, reports and logs say, in one query; the chart is of the last 14 days."""
    found = {usage.source: usage for usage in Usage.objects.filter(secret=secret)}
    headers = found.get(EvidenceSource.HEADERS.value)
    chart = None
    if headers is not None:
        chart = sparkline(_hours(headers).by_day(now, DAYS))
    return Use(chart, DAYS * 24, _sources(found.values()), _logs(secret))


def _sources(found: Iterable[Usage]) -> tuple[tuple[str, datetime, datetime], ...]:
    rows = [
        (SOURCE_WORDS[usage.source], usage.first_seen_at, usage.last_seen_at)
        for usage in found
        if usage.first_seen_at is not None and usage.last_seen_at is not None
    ]
    return tuple(sorted(rows, key=lambda row: row[2], reverse=True))


def _logs(secret: Secret) -> Cover | None:
    since, until = secret.logs_cover_since, secret.logs_cover_until
    return Cover(since, until) if since is not None and until is not None else None


def watched(secret: Secret, since: datetime, now: datetime) -> tuple[int, int, int]:
    """(looked, seen, total) hours since a moment: how much of a watch was really kept."""
    headers = Usage.objects.filter(secret=secret, source=EvidenceSource.HEADERS.value).first()
    hours = HourMap() if headers is None else _hours(headers)
    return hours.hours(since, now)


def _hours(usage: Usage) -> HourMap:
    return HourMap.from_text(usage.anchor_at, usage.looked, usage.seen)
