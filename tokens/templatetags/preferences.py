"""Template helpers of reminders: days in full, thresholds and reasons in words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import dateformat

from tokens.notifications import wording
from tokens.policy.preferences import is_zone
from tokens.policy.readers import Why
from tokens.selectors.words import days

register = template.Library()

WHY_WORDS = {
    Why.OWNER: "owns it",
    Why.SECOND_CONTACT: "second contact of its integration",
    Why.ADMINISTRATOR: "administrator",
}


@register.filter
def long_day(day: date) -> str:
    """Thursday 12 November 2026 (UTC)."""
    return wording.day(day)


@register.filter
def in_zone(moment: datetime, zone: str) -> str:
    """The moment by a clock there: Thursday 12 November 2026, 07:00 in Europe/Amsterdam."""
    there = moment.astimezone(ZoneInfo(zone if is_zone(zone) else "UTC"))
    return f"{dateformat.format(there, 'l j F Y, H:i')} in {zone.replace('_', ' ')}"


@register.filter
def threshold_words(threshold: int) -> str:
    """What a reminder is about: 14 days left, the due day, 7 days overdue."""
    if threshold < 0:
        return f"{days(-threshold)} overdue"
    return f"{days(threshold)} left" if threshold else "the due day"


@register.filter
def why_words(why: Why) -> str:
    """Why somebody is told."""
    return WHY_WORDS[why]
