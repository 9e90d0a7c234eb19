"""Access reviews: who decides, and when a reviewer is reminded of what still waits for them.

Source: issue 3, "Evidence for auditors": choose tokens, reviewers confirm or deny each with a
reason, reminders until done.
"""

from datetime import date
from enum import StrEnum

#: Days left at which a reviewer is reminded, after the first mail; weekly after the due day.
REMINDED = (7, 1, 0)
WEEK = 7
#: The threshold of the first mail: wider than any number of days left.
START = 9_999
#: A review ends within a year, and holds no more tokens than people look at one by one.
LONGEST_DAYS = 366
MOST_TOKENS = 2_000


class Answer(StrEnum):
    """What a reviewer says of one token."""

    CONFIRM = "confirm"
    DENY = "deny"


def reached(days_left: int) -> int:
    """The tightest threshold reached: START, 7, 1, 0, then -7, -14, …"""
    weeks = -days_left // WEEK
    if weeks >= 1:
        return -WEEK * weeks
    return min((each for each in REMINDED if each >= days_left), default=START)


def due_reminder(*, due_on: date, today: date, done: int | None) -> int | None:
    """The threshold to remind of now; `done`: the tightest told so far, None: nobody was told.

    Of several reached at once only the tightest is told: a missed day delays and never skips.
    """
    tightest = reached((due_on - today).days)
    return tightest if done is None or tightest < done else None


def still_due(*, due_on: date, today: date, threshold: int) -> bool:
    """Whether a queued reminder may still be sent: no tighter one has taken its place."""
    return reached((due_on - today).days) == threshold


def needs_reason(answer: Answer) -> bool:
    """Who denies says why; confirming may go without words."""
    return answer is Answer.DENY


def may_decide(*, account: object, reviewer: object) -> bool:
    """Only the reviewer of a token decides about it; others take it over first, on record."""
    return account == reviewer
