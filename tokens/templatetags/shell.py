"""Template helpers of the shell: moments, days and charts. Times are UTC and say so."""

from datetime import UTC, date, datetime, timedelta

from django import template

from tokens.web import charts

register = template.Library()


@register.filter
def iso(moment: datetime) -> str:
    """The moment for a machine: 2026-11-24T08:26:44Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.filter
def utc_moment(moment: datetime) -> str:
    """The moment for a person: 24 Nov 2026, 08:26 UTC."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


@register.filter
def utc_day(day: date | datetime) -> str:
    """The UTC day: 12 Nov 2026. Due days are never shifted by a reader's zone."""
    on = _utc_date(day)
    return f"{on.day} {on:%b %Y}"


@register.filter
def iso_day(day: date | datetime) -> str:
    return _utc_date(day).isoformat()


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    """How far `moment` lies from `now`, in the largest whole unit: "4 minutes ago", "in 3 days"."""
    gap = now - moment
    ahead = gap < timedelta(0)
    words = _span(abs(gap))
    if words == "":
        return "just now"
    return f"in {words}" if ahead else f"{words} ago"


@register.simple_tag
def age_bar(days: int, limit: int, warn: int) -> charts.AgeBar:
    return charts.age_bar(int(days), limit=int(limit), warn=int(warn))


@register.simple_tag
def split_address(address: str) -> tuple[str, list[str]]:
    """Where a long e-mail address may break: behind the @, then in front of each dot."""
    name, at, domain = address.partition("@")
    first, *rest = domain.split(".")
    return name + at, [first, *(f".{label}" for label in rest)]


def _utc_date(day: date | datetime) -> date:
    return day.astimezone(UTC).date() if isinstance(day, datetime) else day


def _span(gap: timedelta) -> str:
    seconds = int(gap.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = seconds // size
        if number:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return ""
