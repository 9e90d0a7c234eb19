"""A review in words: where it stands, and its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tokens.models import Account, Review, ReviewItem
from tokens.policy.days import utc_day
from tokens.policy.reviews import Answer
from tokens.selectors.reviews import is_late
from tokens.web.words import FLAG_WORDS, STATE_WORDS

ANSWERS = {Answer.CONFIRM.value: ("Confirmed", "ok"), Answer.DENY.value: ("Denied", "red")}


@dataclass(frozen=True, slots=True)
class Line:
    """One token as it was when the review began. `mine`: the reader may decide about it now.

    `since`: what has become of it in the meantime, in a word, or "".
    """

    item: ReviewItem
    where: str
    facts: dict[str, Any]
    flags: list[tuple[str, str]]
    due_on: date
    answer: str
    tone: str
    since: str
    mine: bool


def lines(items: Iterable[ReviewItem], reader: Account, review: Review) -> list[Line]:
    """Rows for the table."""
    return [_line(item, reader, review) for item in items]


def _line(item: ReviewItem, reader: Account, review: Review) -> Line:
    facts = item.facts
    answer, tone = ANSWERS.get(item.decision, ("", "grey"))
    now = STATE_WORDS.get(item.token.state, item.token.state)
    return Line(
        item=item,
        where=" · ".join(filter(None, (facts["environment"], facts["scope"], facts["label"]))),
        facts=facts,
        flags=[FLAG_WORDS.get(flag, (flag.replace("_", " "), "grey")) for flag in facts["flags"]],
        due_on=date.fromisoformat(facts["due_on"]),
        answer=answer,
        tone=tone,
        since=f"{now} since" if item.token.state != facts["state"] else "",
        mine=review.is_open and item.reviewer_id == reader.pk,
    )


def standing(review: Review, now: datetime) -> tuple[str, str]:
    """Tone and words of where it stands; of a review with `tokens` and `waiting` counted."""
    counted: Any = review
    if review.signed_at is not None:
        return "ok", "Closed and signed"
    if not review.is_open:
        return "blue", "Closed, waiting for the worker’s signature"
    if not counted.waiting:
        return "blue", "All decided, to be closed"
    if is_late(review, utc_day(now)):
        return "red", f"{counted.waiting} of {counted.tokens} to decide, overdue"
    return "amber", f"{counted.waiting} of {counted.tokens} to decide"
