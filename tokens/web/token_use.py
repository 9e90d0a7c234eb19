"""Seen in use, hour by hour, with the hours that nobody looked at told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import Secret, Usage
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource
from tokens.web.charts import Sparkline, sparkline

DAYS = 14


@dataclass(frozen=True, slots=True)
class Use:
    """`chart` is None where no check ever brought usable headers. Hours as counted on `chart`."""

    chart: Sparkline | None
    total: int
    reported_at: datetime | None


def use_of(secret: Secret, now: datetime) -> Use:
    """What headers and reports say of the last 14 days, in one query."""
    found = {usage.source: usage for usage in Usage.objects.filter(secret=secret)}
    report = found.get(EvidenceSource.REPORT.value)
    headers = found.get(EvidenceSource.HEADERS.value)
    chart = None
    if headers is not None:
        chart = sparkline(_hours(headers).by_day(now, DAYS))
    return Use(chart, DAYS * 24, report.last_seen_at if report else None)


def watched(secret: Secret, since: datetime, now: datetime) -> tuple[int, int, int]:
    """(looked, seen, total) hours since a moment: how much of a watch was really kept."""
    headers = Usage.objects.filter(secret=secret, source=EvidenceSource.HEADERS.value).first()
    hours = HourMap() if headers is None else _hours(headers)
    return hours.hours(since, now)


def _hours(usage: Usage) -> HourMap:
    return HourMap.from_text(usage.anchor_at, usage.looked, usage.seen)
