"""The verdict on a token that is in force and not refused: the gravest of what stands, in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tokens.policy.days import utc_day
from tokens.policy.exceptions import Excepted
from tokens.policy.flags import silenced
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag, Health, State
from tokens.selectors import verdict_people
from tokens.selectors.facts import Row
from tokens.selectors.verdict_shape import Verdict
from tokens.selectors.words import ago, day, days, span

_WORKS = (Health.VALID.value, Health.INSUFFICIENT.value)


def standing_verdict(row: Row, rules: Rules, now: datetime) -> Verdict:
    """The first flag of the order below that stands, else how well the token is."""
    for flag, words in _BY_FLAG:
        if flag.value in row.flags:
            return words(row, rules, now)
    told = {flag for flag, _ in _BY_FLAG}
    quiet = tuple(each for each in silenced(row.facts, rules, now) if each[0] in told)
    if quiet:
        return _excepted(quiet, row, now)
    if row.state == State.REPLACED.value:
        return _replaced(row, rules, now)
    if row.health == Health.UNCHECKED.value:
        return Verdict("grey", "Not checked yet.", (_could_not(row, now),))
    return Verdict("ok", "It works.", (_checked(row, now), _due(row, now)))


def _checked(row: Row, now: datetime) -> str:
    at = row.last_conclusive_at
    return f"Coolset answered {ago(at, now)}." if at else "No check has answered yet."


def _could_not(row: Row, now: datetime) -> str:
    if row.last_checked_at is None:
        return "The first check follows within minutes."
    return f"Could not check {ago(row.last_checked_at, now)}; it is tried again."


def _due(row: Row, now: datetime) -> str:
    left = "today" if row.days_left == 0 else f"in {days(row.days_left)}"
    return f"Due {day(utc_day(row.due_at), now)}, {left}."


def _excepted(quiet: Excepted, row: Row, now: datetime) -> Verdict:
    """An exception hides nothing here: what it silences is said beside its end."""
    until = day(min(end for _, end in quiet), now)
    named = ", ".join(flag.value.replace("_", " ") for flag, _ in quiet)
    was = f"It was due {day(utc_day(row.due_at), now)}." if row.days_left < 0 else _due(row, now)
    active = (was,) if row.state == State.ACTIVE.value else ()
    because = (f"Silenced until then: {named}.", *active, _checked(row, now))
    return Verdict("grey", f"Excepted until {until}.", because)


def _mismatch(row: Row, rules: Rules, now: datetime) -> Verdict:
    return Verdict(
        "red",
        "This token belongs to another company.",
        (f"Coolset's answers do not name the workspace recorded for {row.company}.",),
    )


def _overdue(row: Row, rules: Rules, now: datetime) -> Verdict:
    due = f"It was due {day(utc_day(row.due_at), now)}."
    return Verdict("red", f"{days(-row.days_left)} overdue.", (due, _checked(row, now)))


def _not_revoked(row: Row, rules: Rules, now: datetime) -> Verdict:
    since = ago(row.replaced_at, now) if row.replaced_at else "before"
    works = " Coolset still accepts it." if row.health in _WORKS else ""
    because = (f"The policy leaves {days(rules.overlap_days)}.{works}", _use(row, now))
    return Verdict("amber", f"Replaced {since} and not revoked.", because)


def _use(row: Row, now: datetime) -> str:
    if row.last_used_at is not None:
        return f"Last seen in use {ago(row.last_used_at, now)}."
    return "Nothing was seen of its use." if row.use_can_be_told else "We cannot tell its use."


def _insufficient(row: Row, rules: Rules, now: datetime) -> Verdict:
    return Verdict(
        "amber",
        "It works, but lacks permission.",
        ("The user who created it may have lost rights in Coolset.", _checked(row, now)),
    )


def _stale(row: Row, rules: Rules, now: datetime) -> Verdict:
    limit = span(rules.stale_hours * 3600)
    because = (f"No check has answered for {limit}.", _checked(row, now), _could_not(row, now))
    return Verdict("grey", "Not checked lately.", because)


def _expiring(row: Row, rules: Rules, now: datetime) -> Verdict:
    what = "Due today." if row.days_left == 0 else f"Due in {days(row.days_left)}."
    return Verdict("amber", what, (_due(row, now), _checked(row, now)))


def _not_held(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = ("It cannot be checked. Its first rotation brings the value in.", _due(row, now))
    return Verdict("grey", "Nobody holds this value here.", because)


def _replaced(row: Row, rules: Rules, now: datetime) -> Verdict:
    since = ago(row.replaced_at, now) if row.replaced_at else "before"
    until = f"It stays in force until it is revoked in Coolset, within {days(rules.overlap_days)}."
    return Verdict("grey", f"Replaced {since}.", (until, _use(row, now)))


def _shared(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = ("Revoking it for one ends it for all.", _checked(row, now))
    return Verdict("amber", "This value serves several integrations or companies.", because)


def _mixed(row: Row, rules: Rules, now: datetime) -> Verdict:
    because = ("Coolset recommends one token each.", _checked(row, now))
    return Verdict("amber", "This value serves production and development.", because)


def _unused(row: Row, rules: Rules, now: datetime) -> Verdict:
    return Verdict(
        "amber",
        f"Nothing was seen using it for {days(rules.unused_days)}.",
        ("If nobody needs it, revoke it in Coolset.", _use(row, now)),
    )


_BY_FLAG: tuple[tuple[Flag, Callable[[Row, Rules, datetime], Verdict]], ...] = (
    (Flag.COMPANY_MISMATCH, _mismatch),
    (Flag.OVERDUE, _overdue),
    (Flag.NOT_REVOKED, _not_revoked),
    (Flag.CREATOR_LEFT, verdict_people.creator_left),
    (Flag.PERMISSION_CHANGED, verdict_people.permission_changed),
    (Flag.INSUFFICIENT, _insufficient),
    (Flag.STALE, _stale),
    (Flag.EXPIRING, _expiring),
    (Flag.WORKSPACE_INACTIVE, verdict_people.workspace_inactive),
    (Flag.OWNER_LEFT, verdict_people.owner_left),
    (Flag.NOT_HELD, _not_held),
    (Flag.SHARED, _shared),
    (Flag.MIXED_ENVIRONMENTS, _mixed),
    (Flag.UNUSED, _unused),
)
