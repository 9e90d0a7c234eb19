"""The verdict on a token that Coolset refuses: since when, until when it worked, what changed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from tokens.audit import Event, describe
from tokens.models import AuditEvent, Check, Token
from tokens.policy.incident import WINDOW
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import ACCEPTED, Health
from tokens.selectors.facts import Row
from tokens.selectors.verdict_shape import Change, Verdict
from tokens.selectors.words import clock, span
from tokens.selectors.wrong_target import behind_refusal

CHANGES = 20
#: What the product itself notes all the time, and what follows from a refusal: no causes.
_NO_CAUSES = (
    Event.TOKEN_HEALTH_CHANGED,
    Event.TOKEN_CHECK_REQUESTED,
    Event.TOKEN_UNREADABLE,
    Event.REVOCATION_CONFIRMED,
    Event.REVOCATION_CONTRADICTED,
    Event.CIPHERTEXT_DESTROYED,
    Event.REMINDER_SENT,
    Event.REMINDER_TO_REVOKE_SENT,
    Event.ALERT_SENT,
    Event.MAIL_FAILED,
)


def refused_verdict(token: Token, row: Row, now: datetime, reach: Reach = EVERYTHING) -> Verdict:
    """Two refusals make it certain; the other tokens show that Coolset itself is fine."""
    since = row.refused_since or now
    title = f"Coolset refuses this token since {clock(since, now)}."
    confirmed = _confirmed_at(token, since)
    others = _others(token, since, confirmed, reach)
    because = [_worked(row, now), _refusals(since, confirmed), others]
    return Verdict(
        tone="red",
        title=title,
        because=tuple(sentence for sentence in because if sentence),
        changed=changes(token, row.last_accepted_at, since),
        wrong_targets=behind_refusal(token, since) if row.last_accepted_at else (),
    )


def suspected_verdict(token: Token, row: Row, since: datetime, now: datetime) -> Verdict:
    """One refusal proves nothing yet: health stays as it was until the second."""
    return Verdict(
        tone="amber",
        title=f"Coolset refused this token once, at {clock(since, now)}.",
        because=(_worked(row, now), "The next check confirms or clears it."),
        changed=changes(token, row.last_accepted_at, since),
        wrong_targets=behind_refusal(token, since) if row.last_accepted_at else (),
    )


def changes(token: Token, after: datetime | None, until: datetime) -> tuple[Change, ...] | None:
    """What the company's trail holds between the last acceptance and the first refusal."""
    if after is None:
        return None
    entries = (
        AuditEvent.objects.filter(company_id=str(token.company_id), at__gt=after, at__lte=until)
        .exclude(kind__in=[event.value for event in _NO_CAUSES])
        .order_by("-id")
        .values_list("at", "id", "kind", "subject_name", "actor_name")[:CHANGES]
    )
    return tuple(Change(at, n, describe(kind), name, who) for at, n, kind, name, who in entries)


def _worked(row: Row, now: datetime) -> str:
    if row.last_accepted_at is None:
        return "Coolset never accepted it here, so it may have been mistyped or revoked before."
    return f"It worked until {clock(row.last_accepted_at, now)}."


def _confirmed_at(token: Token, since: datetime) -> datetime | None:
    """When the second refusal came: the entry that says so outlives the folded checks."""
    entries = AuditEvent.objects.filter(
        subject_id=str(token.pk), kind=Event.TOKEN_HEALTH_CHANGED.value, at__gte=since
    )
    found: list[tuple[datetime, str]] = list(
        entries.order_by("-id").values_list("at", "data")[:CHANGES]
    )
    failing = (at for at, data in found if json.loads(data).get("new") == Health.FAILING.value)
    return next(failing, None)


def _refusals(since: datetime, confirmed: datetime | None) -> str:
    if confirmed is None:
        return "Two refusals confirm it."
    seconds = (confirmed - since).total_seconds()
    apart = f"{span(seconds)} apart" if seconds >= 60 else "one right after the other"
    return f"Two refusals, {apart}."


def _others(token: Token, since: datetime, confirmed: datetime | None, reach: Reach) -> str:
    """Runs of accepted checks that reach into those minutes: those tokens kept working.

    Whose they are makes no difference to Coolset; how many there are is the organisation's to know.
    """
    until = (confirmed or since + timedelta(minutes=5)) + WINDOW
    kept = (
        Check.objects.filter(
            outcome__in=[outcome.value for outcome in ACCEPTED],
            first_at__lte=until,
            last_at__gte=since - WINDOW,
        )
        .exclude(secret_id=token.secret_id)
        .values("secret_id")
        .distinct()
        .count()
    )
    if kept == 0:
        return "No other token was accepted in those minutes, so it may be Coolset itself."
    who = "1 other token" if kept == 1 else f"{kept} other tokens"
    if not reach.whole:
        who = "Other tokens"
    return f"{who} kept working through those minutes, so Coolset itself is fine."
