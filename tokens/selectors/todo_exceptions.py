"""To do in words, where exceptions wait for somebody who decides."""

from __future__ import annotations

from datetime import datetime

from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.exceptions import waiting_exceptions
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day, place


def waiting_tasks(reader: str, now: datetime, shown: int, reach: Reach) -> list[Task]:
    """One task per exception that waits, the oldest first; one query."""
    rows = waiting_exceptions(utc_day(now), reader, reach).order_by("asked_at", "pk")
    related = rows.select_related("token__integration", "token__company")
    return [_waiting(each, now) for each in related[:shown]]


def _waiting(one: PolicyException, now: datetime) -> Task:
    token = one.token
    return Task(
        kind=Kind.EXCEPTION_WAITS,
        tone=TONE[Kind.EXCEPTION_WAITS],
        what="An exception waits for approval.",
        todo=f"{one.asked_by} asks for it until {day(one.ends_on, now)}.",
        where=place(token.integration.name, token.company.name, token.environment, token.label),
        when=f"asked {day(utc_day(one.asked_at), now)}",
        owner="",
        label="Decide",
        url_name="exception",
        id=one.pk,
        button="",
        company=token.company_id,
    )
