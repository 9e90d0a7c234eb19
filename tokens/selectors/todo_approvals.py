"""To do in words, where a request waits for a second person."""

from __future__ import annotations

from datetime import datetime

from tokens.models.approvals import asker_words
from tokens.policy.days import utc_day
from tokens.policy.roles import Reach
from tokens.policy.todo import TONE, Kind
from tokens.policy.two_people import RULE, Rule
from tokens.policy.two_people import Kind as Asked
from tokens.selectors.approvals import waiting_approvals
from tokens.selectors.todo_apart_shape import Part, Words, by_age, id_in
from tokens.selectors.todo_words import Task
from tokens.selectors.words import day

#: Where each rule's requests are decided about.
DECIDED_AT = {Rule.REVOCATION: "approval-revocation", Rule.KEYS: "approval-key"}


def waiting(reader: str, now: datetime, reach: Reach) -> Part:
    """One task per request that waits, the oldest first."""
    return Part(
        rows=waiting_approvals(now, reader, reach).order_by("asked_at", "pk"),
        at="asked_at",
        words={
            "id": "pk",
            "asked_by": "asked_by",
            "key": "asked_with__name",
            "about": "about",
            "kind": "kind",
            "company": "company_id",
        },
        order=by_age,
        task=_waiting,
    )


def _waiting(at: datetime | None, words: Words, now: datetime) -> Task:
    asker = asker_words(words["asked_by"], words["key"])
    return Task(
        kind=Kind.APPROVAL_WAITS,
        tone=TONE[Kind.APPROVAL_WAITS],
        what="A request waits for a second person.",
        todo=f"{asker} asks for it.",
        where=words["about"],
        when=f"asked {day(utc_day(at or now), now)}",
        owner="",
        label="Decide",
        url_name=DECIDED_AT[RULE[Asked(words["kind"])]],
        id=id_in(words),
        button="",
        company=id_in(words, "company") if words["company"] else None,
    )
