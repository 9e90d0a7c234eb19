"""To do in words, where a request waits for a second person."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Approval
from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.policy.two_people import RULE, Rule
from tokens.policy.two_people import Kind as Asked
from tokens.selectors.approvals import waiting_approvals
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day

#: Where each rule's requests are decided about.
DECIDED_AT = {Rule.REVOCATION: "approval-revocation", Rule.KEYS: "approval-key"}


def approval_tasks(reader: str, now: datetime, shown: int, reach: Reach) -> list[Task]:
    """One task per request that waits, the oldest first; one query."""
    rows = waiting_approvals(now, reader, reach).order_by("asked_at", "pk")
    return [_waiting(each, now) for each in rows.select_related("asked_with")[:shown]]


def _waiting(one: Approval, now: datetime) -> Task:
    return Task(
        kind=Kind.APPROVAL_WAITS,
        tone=TONE[Kind.APPROVAL_WAITS],
        what="A request waits for a second person.",
        todo=f"{one.asker} asks for it.",
        where=one.about,
        when=f"asked {day(utc_day(one.asked_at), now)}",
        owner="",
        label="Decide",
        url_name=DECIDED_AT[RULE[Asked(one.kind)]],
        id=one.pk,
        button="",
        company=one.company_id,
    )
