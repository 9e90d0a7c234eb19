"""Audit entries as items of a token's story."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tokens.audit import Event, describe
from tokens.models import AuditEvent
from tokens.selectors.beside import told
from tokens.selectors.compromise import STEP_WORDS as COMPROMISE_STEPS
from tokens.selectors.story_shape import Item, Tone

Facts = dict[str, Any]

#: Told by the ledger of mails, with who accepted them.
TOLD_ELSEWHERE = (
    Event.REMINDER_SENT.value,
    Event.REMINDER_TO_REVOKE_SENT.value,
    Event.ALERT_SENT.value,
)

_TONES: dict[str, Tone] = {
    Event.TOKEN_COMPROMISED: "red",
    Event.LEAK_FOUND: "red",
    Event.TOKEN_UNREADABLE: "red",
    Event.ROTATION_REFUSED: "amber",
    Event.REVOCATION_CONFIRMED: "ok",
    Event.REVOCATION_CONTRADICTED: "red",
    Event.MAIL_FAILED: "amber",
    Event.TOKEN_REVIEW_DENIED: "amber",
}


def event_item(entry: AuditEvent, *, mine: bool, whole: bool = True) -> Item | None:
    """The entry as an item; None for one that the checks tell better.

    `mine` is False for entries of the token that replaced this one: of those only the replacing
    itself belongs into this story. `whole` is False for whoever does not reach all companies.
    """
    facts = told(json.loads(entry.data), whole=whole)
    if not mine:
        if entry.kind != Event.ROTATION_ACCEPTED.value:
            return None
        return Item(entry.at, "Replaced by a new token", _by(entry), "grey", entry=entry.id)
    if entry.kind == Event.TOKEN_HEALTH_CHANGED.value:
        return _health(entry, facts)
    details = _DETAILS.get(entry.kind, _reason)(facts)
    parts = [part for part in (details, _by(entry)) if part]
    tone = _TONES.get(entry.kind, "grey")
    return Item(entry.at, describe(entry.kind), " · ".join(parts), tone, entry=entry.id)


def _by(entry: AuditEvent) -> str:
    return "" if entry.actor_kind == "system" else f"by {entry.actor_name}"


def _health(entry: AuditEvent, facts: Facts) -> Item | None:
    """Only turning to and from failing: every other change is said by the run of checks."""
    if facts.get("new") == "failing":
        return Item(entry.at, "Refused twice, now failing", "", "red", entry=entry.id)
    if facts.get("old") == "failing":
        return Item(entry.at, "Works again", "", "ok", entry=entry.id)
    return None


def _reason(facts: Facts) -> str:
    return str(facts.get("reason") or "")


def _stored(facts: Facts) -> str:
    parts = ["not held here"] if facts.get("held") is False else []
    if facts.get("shared"):
        parts.append("shares its value with another row")
    return ", ".join(parts)


def _edited(facts: Facts) -> str:
    return ", ".join(str(field).replace("_", " ") for field in facts.get("fields") or ())


def _owner(facts: Facts) -> str:
    return f"from {facts.get('old') or 'nobody'} to {facts.get('new') or 'nobody'}"


def _policy(facts: Facts) -> str:
    return f"{facts.get('old')} → {facts.get('new')}"


def _recorded(facts: Facts) -> str:
    who = f"revoked by {facts['by']}" if facts.get("by") else ""
    return " · ".join(part for part in (who, _moment(facts, "at"), _reason(facts)) if part)


def _compromised(facts: Facts) -> str:
    who = f"said by {facts['by']}" if facts.get("by") else ""
    return " · ".join(part for part in (who, _reason(facts)) if part)


def _exception(facts: Facts) -> str:
    words = ", ".join(str(flag).replace("_", " ") for flag in facts.get("flags") or ())
    until = date.fromisoformat(facts["ends_on"]) if facts.get("ends_on") else None
    days = f"until {until.day} {until:%b %Y}" if until else ""
    return " · ".join(part for part in (words, days, _reason(facts)) if part)


def _reviewed(facts: Facts) -> str:
    said = f"by {facts['reviewer']}" if facts.get("reviewer") else ""
    return " · ".join(
        part for part in (str(facts.get("review") or ""), said, _reason(facts)) if part
    )


def _step(facts: Facts) -> str:
    words = COMPROMISE_STEPS.get(str(facts.get("step")), str(facts.get("step")))
    return words if facts.get("done") else f"not yet after all: {words}"


def _switched(facts: Facts) -> str:
    name = str(facts.get("consumer") or "")
    return f"{name} uses the new one" if facts.get("switched") else f"not yet after all: {name}"


def _places(facts: Facts) -> str:
    places = [str(place) for place in facts.get("places") or ()]
    return ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")


def _proof(facts: Facts) -> str:
    others = facts.get("others_accepted")
    parts = [
        _said(facts, "last_accepted", "last accepted"),
        _said(facts, "first_refused", "first refused"),
        "" if others is None else f"others accepted in those minutes: {others}",
    ]
    return " · ".join(part for part in parts if part)


def _contradicted(facts: Facts) -> str:
    suspects = ", ".join(facts.get("suspects") or ())
    hit = f"may have hit {suspects}" if suspects else ""
    return " · ".join(part for part in (_said(facts, "last_accepted", "accepted"), hit) if part)


def _rotation(facts: Facts) -> str:
    words = [str(facts.get(name) or "") for name in ("detail", "warning", "reason")]
    found = [str(facts.get("hint") or ""), *(word.replace("_", " ") for word in words)]
    return " · ".join(word for word in found if word)


def _said(facts: Facts, name: str, words: str) -> str:
    at = _moment(facts, name)
    return f"{words} {at}" if at else ""


def _moment(facts: Facts, name: str) -> str:
    value = facts.get(name)
    if not value:
        return ""
    at = datetime.fromisoformat(value)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


_DETAILS: dict[str, Callable[[Facts], str]] = {
    Event.TOKEN_REGISTERED: _stored,
    Event.TOKEN_IMPORTED: _stored,
    Event.TOKEN_EDITED: _edited,
    Event.TOKEN_OWNER_CHANGED: _owner,
    Event.TOKEN_POLICY_CHANGED: _policy,
    Event.TOKEN_COMPROMISED: _compromised,
    Event.TOKEN_COMPROMISE_STEP: _step,
    Event.CONSUMER_SWITCHED: _switched,
    Event.LEAK_FOUND: _places,
    Event.REVOCATION_RECORDED: _recorded,
    Event.REVOCATION_CONFIRMED: _proof,
    Event.REVOCATION_CONTRADICTED: _contradicted,
    Event.EXCEPTION_ASKED: _exception,
    Event.EXCEPTION_APPROVED: _exception,
    Event.EXCEPTION_REFUSED: _exception,
    Event.EXCEPTION_WITHDRAWN: _exception,
    Event.EXCEPTION_ENDED: _exception,
    Event.EXCEPTION_NOTED: _exception,
    Event.ROTATION_STARTED: _rotation,
    Event.ROTATION_REFUSED: _rotation,
    Event.ROTATION_WAITING: _rotation,
    Event.ROTATION_ACCEPTED: _rotation,
    Event.TOKEN_REVIEW_CONFIRMED: _reviewed,
    Event.TOKEN_REVIEW_DENIED: _reviewed,
}
