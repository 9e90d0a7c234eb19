"""To do in words, where somebody's tokens go into other hands before their access ends."""

from __future__ import annotations

from datetime import datetime

from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.people import leaving_people
from tokens.selectors.todo_apart_shape import Part, Words, day_in, id_in
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day


def leavers(now: datetime, reach: Reach) -> Part:
    """One task per person, whoever leaves first before the others."""
    return Part(
        rows=leaving_people(utc_day(now), reach).order_by("leaving_on", "email"),
        at="",
        words={
            "id": "pk",
            "email": "email",
            "leaving_on": "leaving_on",
            "owned": "tokens_owned",
            "created": "tokens_created",
        },
        order=lambda _, words: (words["leaving_on"], words["email"]),
        task=_leaving,
    )


def _leaving(_: datetime | None, words: Words, now: datetime) -> Task:
    return Task(
        kind=Kind.LEAVING,
        tone=TONE[Kind.LEAVING],
        what=f"{words['email']} leaves on {day(day_in(words, 'leaving_on'), now)}.",
        todo=_to_hand_over(words["owned"], words["created"]),
        where="",
        when="before their access ends",
        owner="",
        label="Hand over",
        url_name="person",
        id=id_in(words),
        button="",
    )


def _to_hand_over(owned: int, created: int) -> str:
    parts = [f"reassign {_tokens(owned)}"] if owned else []
    parts += [f"rotate {created if owned else _tokens(created)}"] if created else []
    todo = ", ".join(parts)
    return f"{todo[:1].upper()}{todo[1:]}."


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count} tokens"
