"""The rows of To do in words: first what happened, then what to do, where, since when, whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.policy.days import utc_day
from tokens.policy.snooze import is_snoozed
from tokens.policy.todo import TONE, Kind, Tone
from tokens.policy.vocabulary import State
from tokens.selectors.facts import Row
from tokens.selectors.todo_people import (
    Words,
    creator_left,
    exception_ended,
    owner_left,
    permission_changed,
)
from tokens.selectors.words import ago, clock, day, days, place


@dataclass(frozen=True, slots=True)
class Task:
    """One row. `what` is bold, `todo` the sentence after it, `meta` the quiet line beneath.

    The one button leads to `url_name` with the id of the token, or of the company to reconcile.
    `button` is "" (plain), "go" (leads on) or "bad" (act at once).
    """

    kind: Kind
    tone: Tone
    what: str
    todo: str
    where: str
    when: str
    owner: str
    label: str
    url_name: str
    id: UUID
    button: str
    #: Whose token it is, or which company is to be compared; None: of no single company.
    company: UUID | None = None

    @property
    def meta(self) -> str:
        """Where, since or due when, whose; the owner's address is shown up to its @."""
        parts = (self.where, self.when, self.owner.split("@", 1)[0])
        return " — ".join(part for part in parts if part)


def since_of(kind: Kind, row: Row) -> datetime:
    """By what rows of one kind are ordered; the same columns as the query's."""
    if kind is Kind.COMPROMISED:
        return row.facts.compromised_at or row.stored_at
    if kind is Kind.CONTRADICTED:
        return row.contradicted_at or row.stored_at
    if kind in {Kind.FAILING_PRODUCTION, Kind.FAILING_DEVELOPMENT, Kind.UNRECORDED_REVOCATION}:
        return row.refused_since or row.stored_at
    if kind is Kind.NOT_REVOKED:
        return row.replaced_at or row.stored_at
    if kind is Kind.PERMISSION_CHANGED:
        return row.permission_lost_at or row.stored_at
    return row.stored_at if kind is Kind.OWNERLESS else row.due_at


def _snoozed(row: Row, now: datetime) -> str:
    """A snooze hides no task; it stands beside it."""
    if row.snoozed_until is None or not is_snoozed(row.snoozed_until, utc_day(now)):
        return ""
    if row.state != State.ACTIVE.value:
        return ""
    return f", reminders snoozed until {day(row.snoozed_until, now)}"


def token_task(kind: Kind, row: Row, now: datetime) -> Task:
    """The task of this kind for this token."""
    what, todo, when, label, url_name, button = _WORDS[kind](row, now)
    return Task(
        kind=kind,
        tone=TONE[kind],
        what=what,
        todo=todo,
        where=place(row.integration, row.company, row.environment, row.label),
        when=f"{when}{_snoozed(row, now)}",
        owner=row.owner_email,
        label=label,
        url_name=url_name,
        id=row.id,
        button=button,
        company=row.company_id,
    )


def _compromised(row: Row, now: datetime) -> Words:
    replaced = row.state == State.REPLACED.value
    todo = "It is replaced: revoke it now." if replaced else "Rotate and revoke it now."
    since = row.facts.compromised_at
    when = f"recorded {ago(since, now)}" if since else ""
    return "Compromised.", todo, when, "See what to do", "token-compromised", "bad"


def _contradicted(row: Row, now: datetime) -> Words:
    revoked = day(utc_day(row.revoked_at), now) if row.revoked_at else "an unknown day"
    seen = row.last_accepted_at or row.contradicted_at
    when = f"accepted {ago(seen, now)}" if seen else ""
    what, todo = f"Revoked on {revoked}, but it still works.", "Revoke it again in Coolset."
    return what, todo, when, "See the proof", "token", "bad"


def _failing(row: Row, now: datetime) -> Words:
    since = clock(row.refused_since, now) if row.refused_since else "its first check"
    what, todo = f"Refused since {since}.", "Coolset never accepted it here."
    return what, todo, "never worked here", "Find out why", "token", "go"


def _unrecorded(row: Row, now: datetime) -> Words:
    since = clock(row.refused_since, now) if row.refused_since else "its last check"
    worked = f"worked until {clock(row.last_accepted_at, now)}" if row.last_accepted_at else ""
    what, todo = f"Refused since {since}.", "Nobody recorded a revocation."
    return what, todo, worked, "Find out why", "token", "go"


def _overdue(row: Row, now: datetime) -> Words:
    when = f"due {day(utc_day(row.due_at), now)}"
    return f"{days(-row.days_left)} overdue.", "Rotate it.", when, "Rotate", "token-rotate", "go"


def _not_revoked(row: Row, now: datetime) -> Words:
    since = ago(row.replaced_at, now) if row.replaced_at else "before"
    what = f"Replaced {since} and not revoked."
    todo = "Make sure that nothing uses it, then revoke it in Coolset."
    used = f"last seen in use {ago(row.last_used_at, now)}" if row.last_used_at else ""
    return what, todo, used, "Check before revoking", "token", ""


def _due(row: Row, now: datetime) -> Words:
    when = f"due {day(utc_day(row.due_at), now)}"
    what = "Due today." if row.days_left == 0 else f"Due in {days(row.days_left)}."
    return what, "Rotate it.", when, "Rotate", "token-rotate", ""


def _ownerless(row: Row, now: datetime) -> Words:
    return "Nobody owns this token.", "Choose an owner.", "", "Assign", "token-edit", ""


_WORDS = {
    Kind.COMPROMISED: _compromised,
    Kind.CONTRADICTED: _contradicted,
    Kind.FAILING_PRODUCTION: _failing,
    Kind.UNRECORDED_REVOCATION: _unrecorded,
    Kind.OVERDUE: _overdue,
    Kind.NOT_REVOKED: _not_revoked,
    Kind.FAILING_DEVELOPMENT: _failing,
    Kind.CREATOR_LEFT: creator_left,
    Kind.PERMISSION_CHANGED: permission_changed,
    Kind.EXCEPTION_ENDED: exception_ended,
    Kind.DUE: _due,
    Kind.OWNERLESS: _ownerless,
    Kind.OWNER_LEFT: owner_left,
}
