"""To do in words, where people leave or lose permissions, and where what they allowed ends."""

from __future__ import annotations

from datetime import datetime

from tokens.policy.days import utc_day
from tokens.selectors.facts import Row
from tokens.selectors.words import clock, day

#: What happened, what to do, since when, the button's label, where it leads, its weight.
Words = tuple[str, str, str, str, str, str]


def creator_left(row: Row, now: datetime) -> Words:
    gone = row.facts.creator_gone_from
    when = f"without access since {day(gone, now)}" if gone else ""
    what = f"{row.created_by_email} created it and has left."
    return what, "Rotate it: its permissions were theirs.", when, "Rotate", "token-rotate", ""


def permission_changed(row: Row, now: datetime) -> Words:
    since = clock(row.permission_lost_at, now) if row.permission_lost_at else "its last check"
    what = f"Worked before, lacks permission since {since}."
    creator = f"created by {row.created_by_email}" if row.created_by_email else ""
    return what, "Rotate it.", creator, "Rotate", "token-rotate", ""


def owner_left(row: Row, now: datetime) -> Words:
    gone = row.facts.owner_gone_from
    when = f"without access since {day(gone, now)}" if gone else ""
    return "Its owner has left.", "Choose another owner.", when, "Assign", "token-edit", ""


def exception_ended(row: Row, now: datetime) -> Words:
    """What an exception allowed until its end is still so."""
    today = utc_day(now)
    last = max((until for _, until in row.facts.excepted if until < today), default=today)
    what = f"Its exception ended on {day(last, now)}."
    todo = "Resolve what it silenced, or ask for another one."
    return what, todo, "", "See what is left", "token", ""
