"""Template helpers of the inventory: a token's tags and due day in the product's plain words."""

from datetime import date

from django import template

from tokens.selectors.facts import Row
from tokens.web import words

register = template.Library()
register.filter("token_tags", words.tags)


@register.filter
def due_words(row: Row) -> str:
    """How far the due day is: "in 56 days", "today", "12 days overdue"."""
    return words.due(row)


@register.filter
def short_day(day: date) -> str:
    """A day that is near, without its year: 27 Nov."""
    return f"{day.day} {day:%b}"


@register.filter
def person(email: str) -> str:
    """An owner as short as people speak of them: what stands before the @."""
    return email.split("@", 1)[0]
