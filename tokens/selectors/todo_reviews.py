"""To do in words, where a closed access review denied a token that is still active."""

from __future__ import annotations

from datetime import datetime

from tokens.models import ReviewItem
from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.reviews import denied_tasks
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day, place, quoted


def denied_in_review(now: datetime, shown: int, reach: Reach) -> list[Task]:
    """One task per denied token, the oldest decision first; one query."""
    rows = denied_tasks(reach).order_by("decided_at", "pk")
    related = rows.select_related("token__integration", "token__company", "token__owner", "review")
    return [_denied(each, now) for each in related[:shown]]


def _denied(item: ReviewItem, now: datetime) -> Task:
    token = item.token
    decided = item.decided_at or now
    return Task(
        kind=Kind.DENIED,
        tone=TONE[Kind.DENIED],
        what="Denied in an access review.",
        todo=f"Rotate or revoke it: {quoted(item.reason)}",
        where=place(token.integration.name, token.company.name, token.environment, token.label),
        when=f"{item.review.name}, {day(utc_day(decided), now)}",
        owner=token.owner.email if token.owner else "",
        label="Open",
        url_name="token",
        id=token.pk,
        button="",
        company=token.company_id,
    )
