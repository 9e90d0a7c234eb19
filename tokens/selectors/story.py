"""A token's story, newest first: what people did, what Coolset answered, who was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from statistics import median
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import AuditEvent, Check, Notice, Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import EvidenceSource, Outcome
from tokens.selectors.story_events import TOLD_ELSEWHERE, event_item
from tokens.selectors.story_shape import Item, Tone
from tokens.selectors.usage import Source, Use, use_of

__all__ = ["Item", "story"]

LONGEST = 100


def story(
    token: Token,
    now: datetime,
    *,
    use: Use | None = None,
    notices: Sequence[Notice] | None = None,
    entries: Sequence[AuditEvent] | None = None,
    runs: Sequence[Check] | None = None,
    limit: int = LONGEST,
    reach: Reach = EVERYTHING,
) -> tuple[Item, ...]:
    """At most `limit` items, in four queries however long the story is, in fewer where its `use`,
    its latest `notices`, its `entries` and its `runs` of checks are at hand. It tells nothing of
    what lies out of `reach`."""
    items = [
        *_events(token, entries_of(token, limit) if entries is None else entries, reach),
        *map(_run, runs_of(token.secret_id, limit) if runs is None else runs),
        *_uses(use or use_of(token.secret_id), now),
        *_notices(_sent(token.pk, limit) if notices is None else notices, limit),
    ]
    return tuple(sorted(items, key=lambda item: item.at, reverse=True)[:limit])


def entries_of(token: Token, limit: int = LONGEST) -> QuerySet[AuditEvent]:
    """Entries about the token, and about the one that took its place; the latest first."""
    ids = [str(token.pk)]
    if (successor := getattr(token, "replacement", None)) is not None:
        ids.append(str(successor.pk))
    entries = AuditEvent.objects.filter(subject_id__in=ids).exclude(kind__in=TOLD_ELSEWHERE)
    return entries.order_by("-id")[:limit]


def runs_of(secret_id: UUID, limit: int = LONGEST) -> QuerySet[Check]:
    """Checks are kept as runs of equal answers; a run is one item, from its first to its last."""
    return Check.objects.filter(secret_id=secret_id).order_by("-last_at")[:limit]


def _events(token: Token, entries: Iterable[AuditEvent], reach: Reach) -> list[Item]:
    mine = str(token.pk)
    items = [event_item(each, mine=each.subject_id == mine, whole=reach.whole) for each in entries]
    return [item for item in items if item is not None]


_RUN: dict[Outcome, tuple[Tone, str]] = {
    Outcome.VALID: ("ok", "Worked"),
    Outcome.FORBIDDEN: ("amber", "Worked, lacks permission"),
    Outcome.UNAUTHORIZED: ("red", "Refused"),
    Outcome.THROTTLED: ("grey", "Could not check: Coolset asked to wait"),
    Outcome.UNREACHABLE: ("grey", "Could not check: Coolset did not answer"),
    Outcome.UNUSABLE: ("grey", "Could not check: the answer was not the API's own"),
    Outcome.UNREADABLE: ("red", "Could not check: our stored copy could not be opened"),
}


def _run(run: Check) -> Item:
    outcome = Outcome(run.outcome)
    tone, what = _RUN[outcome]
    if outcome is Outcome.UNAUTHORIZED and run.count == 1:
        tone, what = "amber", "Refused once"
    elif run.count > 1:
        what = f"{what}, {run.count:,} checks in a row"
    parts = [str(run.status)] if run.status and outcome is not Outcome.VALID else []
    if run.latencies:
        parts.append(f"median {round(median(run.latencies))} ms")
    since = run.first_at if run.count > 1 else None
    return Item(run.last_at, what, " · ".join(parts), tone, since)


_SOURCE = {
    EvidenceSource.REPORT.value: "reported by its integration",
    EvidenceSource.LOG.value: "found in imported logs",
    EvidenceSource.HEADERS.value: "somebody else called: fewer calls were left than ours explain",
}


def _uses(use: Use, now: datetime) -> list[Item]:
    return [
        Item(each.last_seen_at, "Seen in use", _looked(each, now), "grey", each.first_seen_at)
        for each in use.sources
        if each.last_seen_at is not None
    ]


def _looked(source: Source, now: datetime) -> str:
    """How it was seen; headers say nothing of hours nobody looked at, so those are counted."""
    how = _SOURCE[source.source]
    if not source.looks or source.first_seen_at is None:
        return how
    looked, seen, _ = source.hours.hours(source.first_seen_at, now)
    return f"{how} · in {seen} of {looked} hours looked at"


def _sent(token_id: UUID, limit: int) -> Sequence[Notice]:
    found = Notice.objects.filter(token_id=token_id, sent_at__isnull=False)
    return list(found.order_by("-sent_at")[:limit])


def _notices(notices: Sequence[Notice], limit: int) -> list[Item]:
    """What was told to whom; sent means accepted by the mail server, never less."""
    told: dict[tuple[datetime, str, int], list[str]] = {}
    sent = ((each.sent_at, each) for each in notices if each.sent_at is not None)
    for at, each in islice(sent, limit):
        told.setdefault((at, each.kind, each.threshold), []).append(each.recipient)
    return [
        Item(at, _notice(kind, threshold), "to " + ", ".join(sorted(to)), "blue")
        for (at, kind, threshold), to in told.items()
    ]


def _notice(kind: str, threshold: int) -> str:
    if kind == "not_revoked":
        return "Reminder to revoke it mailed"
    if kind == "exception":
        return _EXCEPTIONS.get(threshold, "Mail about an exception")
    if kind == "approval":
        return _APPROVALS.get(threshold, "Mail about a request")
    if kind != "reminder":
        return f"Alert mailed: {_ALERTS.get(kind, kind)}"
    if threshold < 0:
        return f"Reminder mailed, the one for {-threshold} days overdue"
    if threshold == 0:
        return "Reminder mailed, the one for the due day"
    return f"Reminder mailed, the one for {threshold} {'day' if threshold == 1 else 'days'} left"


_EXCEPTIONS = {
    0: "Mailed: an exception waits for a decision",
    1: "Mailed: its exception ends soon",
    2: "Mailed: its exception has ended",
    3: "Mailed: an exception was decided",
}
_APPROVALS = {
    0: "Mailed: a request waits for a second person",
    1: "Mailed: a request was decided",
}
_ALERTS = {
    "compromised": "compromised, rotate and revoke it now",
    "failing": "Coolset refuses it",
    "contradicted": "revoked, but it still works",
    "unreadable": "our stored copy could not be opened",
}
