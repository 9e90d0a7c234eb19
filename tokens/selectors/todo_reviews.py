"""To do in words, where a closed access review denied a token that is still active."""

from __future__ import annotations

from datetime import datetime

from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.reviews import denied_tasks
from tokens.selectors.todo_apart_shape import OF_TOKEN, Part, Words, by_age, id_in, place_in
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day, quoted


def denied(reach: Reach) -> Part:
    """One task per denied token, the oldest decision first."""
    return Part(
        rows=denied_tasks(reach).order_by("decided_at", "pk"),
        at="decided_at",
        words={
            "id": "pk",
            "token": "token_id",
            "reason": "reason",
            "review": "review__name",
            "owner": "token__owner__email",
            **OF_TOKEN,
        },
        order=by_age,
        task=_denied,
    )


def _denied(at: datetime | None, words: Words, now: datetime) -> Task:
    return Task(
        kind=Kind.DENIED,
        tone=TONE[Kind.DENIED],
        what="Denied in an access review.",
        todo=f"Rotate or revoke it: {quoted(words['reason'])}",
        where=place_in(words),
        when=f"{words['review']}, {day(utc_day(at or now), now)}",
        owner=words["owner"] or "",
        label="Open",
        url_name="token",
        id=id_in(words, "token"),
        button="",
        company=id_in(words, "company"),
    )
