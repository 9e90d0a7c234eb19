"""To do in words, where a company's list in Coolset is to be compared with ours."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from tokens.policy.book import InForce
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.selectors.todo_apart_shape import Part, Words, id_in
from tokens.selectors.todo_queries import to_reconcile
from tokens.selectors.todo_words import Task
from tokens.selectors.words import ago


def late(rules: InForce, now: datetime, reach: Reach) -> Part:
    """One task per company, those never compared first."""
    order = F("reconciled_at").asc(nulls_first=True), "name"
    return Part(
        rows=to_reconcile(rules, now, reach).order_by(*order),
        at="reconciled_at",
        words={"id": "pk", "name": "name"},
        order=lambda at, words: (at is not None, at, words["name"].casefold()),
        task=_late,
    )


def _late(at: datetime | None, words: Words, now: datetime) -> Task:
    company = id_in(words)
    return Task(
        kind=Kind.RECONCILE,
        tone=TONE[Kind.RECONCILE],
        what="Compare with Coolset's list.",
        todo="Never done yet." if at is None else f"Last done {ago(at, now)}.",
        where=words["name"],
        when="Settings → API Tokens",
        owner="",
        label="Reconcile",
        url_name="company-reconcile",
        id=company,
        button="",
        company=company,
    )
