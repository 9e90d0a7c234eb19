"""To do in words, where exceptions wait for somebody who decides."""

from __future__ import annotations

from datetime import datetime

from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.exceptions import waiting_exceptions
from tokens.selectors.todo_apart_shape import (
    OF_TOKEN,
    Part,
    Words,
    by_age,
    day_in,
    id_in,
    place_in,
)
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day


def waiting(reader: str, now: datetime, reach: Reach) -> Part:
    """One task per exception that waits, the oldest first."""
    return Part(
        rows=waiting_exceptions(utc_day(now), reader, reach).order_by("asked_at", "pk"),
        at="asked_at",
        words={"id": "pk", "asked_by": "asked_by", "ends_on": "ends_on", **OF_TOKEN},
        order=by_age,
        task=_waiting,
    )


def _waiting(at: datetime | None, words: Words, now: datetime) -> Task:
    return Task(
        kind=Kind.EXCEPTION_WAITS,
        tone=TONE[Kind.EXCEPTION_WAITS],
        what="An exception waits for approval.",
        todo=f"{words['asked_by']} asks for it until {day(day_in(words, 'ends_on'), now)}.",
        where=place_in(words),
        when=f"asked {day(utc_day(at or now), now)}",
        owner="",
        label="Decide",
        url_name="exception",
        id=id_in(words),
        button="",
        company=id_in(words, "company"),
    )
