"""The verdict on a token that Coolset refuses: since when, until when it worked, what changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.audit import Event, describe
from tokens.models import AuditEvent, Check, Token
from tokens.policy.incident import WINDOW
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import ACCEPTED, Health
from tokens.selectors.facts import Row
from tokens.selectors.together import Ask, read_together
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


@dataclass(frozen=True, slots=True)
class Trail:
    """Entries of a refused token: when its health `turned`, and what else was `changed` in its
    company between the last acceptance and the refusal."""

    turned: Sequence[AuditEvent]
    changed: Sequence[AuditEvent]


def questions(token: Token) -> dict[str, Ask]:
    """What `Trail` is made from, by its names; nothing where the token is not refused."""
    secret = token.secret
    failing = secret.health == Health.FAILING.value
    since = secret.refused_since if failing else secret.suspect_since
    if since is None:
        return {}
    turned = AuditEvent.objects.filter(
        subject_id=str(token.pk), kind=Event.TOKEN_HEALTH_CHANGED.value, at__gte=since
    )
    changed = AuditEvent.objects.none()
    if secret.last_accepted_at is not None:
        changed = AuditEvent.objects.filter(
            company_id=str(token.company_id), at__gt=secret.last_accepted_at, at__lte=since
        ).exclude(kind__in=[event.value for event in _NO_CAUSES])
    return {
        "turned": Ask(turned.order_by("-id")[:CHANGES]),
        "changed": Ask(changed.order_by("-id")[:CHANGES]),
    }


def refused_verdict(
    token: Token,
    row: Row,
    now: datetime,
    reach: Reach = EVERYTHING,
    trail: Trail | None = None,
) -> Verdict:
    """Two refusals make it certain; the other tokens show that Coolset itself is fine."""
    since, trail = row.refused_since or now, trail or trail_of(token)
    title = f"Coolset refuses this token since {clock(since, now)}."
    confirmed = _confirmed_at(trail)
    others = _others(token, since, confirmed, reach)
    because = [_worked(row, now), _refusals(since, confirmed), others]
    return Verdict(
        tone="red",
        title=title,
        because=tuple(sentence for sentence in because if sentence),
        changed=_changes(row, trail),
        wrong_targets=behind_refusal(token, since) if row.last_accepted_at else (),
    )


def suspected_verdict(
    token: Token, row: Row, since: datetime, now: datetime, trail: Trail | None = None
) -> Verdict:
    """One refusal proves nothing yet: health stays as it was until the second."""
    trail = trail or trail_of(token)
    return Verdict(
        tone="amber",
        title=f"Coolset refused this token once, at {clock(since, now)}.",
        because=(_worked(row, now), "The next check confirms or clears it."),
        changed=_changes(row, trail),
        wrong_targets=behind_refusal(token, since) if row.last_accepted_at else (),
    )


def trail_of(token: Token) -> Trail:
    """One query, or none where the token is not refused."""
    found = read_together(**questions(token))
    return Trail(found.get("turned", ()), found.get("changed", ()))


def _changes(row: Row, trail: Trail) -> tuple[Change, ...] | None:
    """What the company's trail holds between the last acceptance and the first refusal."""
    if row.last_accepted_at is None:
        return None
    return tuple(
        Change(each.at, each.id, describe(each.kind), each.subject_name, each.actor_name)
        for each in trail.changed
    )


def _worked(row: Row, now: datetime) -> str:
    if row.last_accepted_at is None:
        return "Coolset never accepted it here, so it may have been mistyped or revoked before."
    return f"It worked until {clock(row.last_accepted_at, now)}."


def _confirmed_at(trail: Trail) -> datetime | None:
    """When the second refusal came: the entry that says so outlives the folded checks."""
    failing = Health.FAILING.value
    return next((e.at for e in trail.turned if json.loads(e.data).get("new") == failing), None)


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
