"""Dates, spans and places in plain words, for sentences that are made here and not in a template.

A due day is a UTC date and is never shifted; days are written without a year in the running year.
"""

from __future__ import annotations

from datetime import date, datetime

from tokens.policy.days import utc_day

_PERSON_BREAK = "@"


def day(when: date, now: datetime) -> str:
    """12 Nov, or 12 Nov 2025 where the year is another than today's."""
    year = f" {when.year}" if when.year != utc_day(now).year else ""
    return f"{when.day} {when:%b}{year}"


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: "just now", "6 minutes ago", "9 days ago"."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def span(seconds: float) -> str:
    """A length of time: "5 minutes", "26 hours", "3 days"."""
    minutes = max(0, round(seconds / 60))
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 72 else days(round(hours / 24))


def clock(when: datetime, now: datetime) -> str:
    """A moment in UTC: 09:12 UTC today, or 18 Nov, 09:12 UTC."""
    at = f"{when:%H:%M} UTC"
    return at if utc_day(when) == utc_day(now) else f"{day(utc_day(when), now)}, {at}"


def quoted(text: str) -> str:
    """What a person wrote, in quotation marks on one line, as the end of a sentence of ours."""
    line = " ".join(text.split())
    return f"“{line}”" if line.endswith((".", "!", "?", "…")) else f"“{line}”."


def place(*parts: str) -> str:
    """Integration · company · environment, without what is empty."""
    return " · ".join(part for part in parts if part)
