"""Verdicts where people left, permissions were lost or the workspace was closed."""

from __future__ import annotations

from datetime import date, datetime

from tokens.policy.settings import Rules
from tokens.selectors.facts import Row
from tokens.selectors.verdict_shape import Verdict
from tokens.selectors.words import clock, day


def creator_left(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = (
        f"{row.created_by_email} generated it{_gone(row.facts.creator_gone_from, now)}.",
        "Its permissions in Coolset were theirs: rotate it with somebody who stays.",
    )
    return Verdict("amber", "Who created it has left.", because)


def permission_changed(row: Row, rules: Rules, now: datetime) -> Verdict:
    since = clock(row.permission_lost_at, now) if row.permission_lost_at else "its last check"
    because = (
        f"Before: works (200). Since {since}: works, lacks permission (403).",
        "The user who created it lost rights in Coolset: restore them there, or rotate it.",
    )
    return Verdict("amber", "It may do less than before.", because)


def owner_left(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = (
        f"{row.owner_email} owns it{_gone(row.facts.owner_gone_from, now)}.",
        "Administrators are reminded too until somebody else owns it.",
    )
    return Verdict("amber", "Its owner has left.", because)


def workspace_inactive(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = (
        f"That is how Coolset lists {row.company}.",
        "If nobody needs the token any more, revoke it in Coolset.",
    )
    return Verdict("amber", "Its workspace is inactive.", because)


def _gone(since: date | None, now: datetime) -> str:
    return f" and has no access since {day(since, now)}" if since else ""
