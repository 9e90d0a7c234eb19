"""The rows of To do that are about no single token: a company's list, a person who leaves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tokens.models import Person
from tokens.policy.todo import TONE, Kind
from tokens.selectors.todo_people import leaving
from tokens.selectors.todo_words import Task
from tokens.selectors.words import ago


def reconcile_task(company: UUID, name: str, at: datetime | None, now: datetime) -> Task:
    """That a person compares Coolset's own list with ours."""
    done = "Never done yet." if at is None else f"Last done {ago(at, now)}."
    return Task(
        kind=Kind.RECONCILE,
        tone=TONE[Kind.RECONCILE],
        what="Compare with Coolset's list.",
        todo=done,
        where=name,
        when="Settings → API Tokens",
        owner="",
        label="Reconcile",
        url_name="company-reconcile",
        id=company,
        button="",
        company=company,
    )


def leaving_task(person: Person, now: datetime) -> Task:
    """That somebody's tokens go into other hands before their access ends (`leaving_people`)."""
    what, todo = leaving(person, now)
    return Task(
        kind=Kind.LEAVING,
        tone=TONE[Kind.LEAVING],
        what=what,
        todo=todo,
        where="",
        when="before their access ends",
        owner="",
        label="Hand over",
        url_name="person",
        id=person.pk,
        button="",
    )
