"""A replaced token's checklist and the answer to "may it be revoked?", in three queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FilteredRelation, Q

from tokens.models import Consumer, Secret, Token, Usage
from tokens.policy.logs import Cover
from tokens.policy.safe_to_revoke import EXACT, Finding, Span, SwitchFacts, judge
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource, State
from tokens.selectors.beside import SHARED_BY
from tokens.selectors.safe_words import Words, in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One consumer of the checklist; `at` and `by` are of its tick, None and "" without one."""

    id: UUID
    name: str
    where: str
    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Switching:
    """The panel of a replaced token."""

    finding: Finding
    words: Words
    lines: tuple[Line, ...]


def switching_of(
    token: Token, now: datetime, *, siblings: Sequence[Token] | None = None
) -> Switching | None:
    """What is known about leaving `token` (with secret and integration); None unless replaced.

    `siblings`: other rows of the same value, where they were read already, up to SHARED_BY.
    """
    if token.state != State.REPLACED.value or token.replaced_at is None:
        return None
    lines = _lines(token)
    elsewhere = _is_used_elsewhere(_others(token) if siblings is None else siblings)
    finding = judge(_facts(token, token.replaced_at, lines, elsewhere), now)
    return Switching(finding, in_words(finding, token.integration.name, now), lines)


def _lines(token: Token) -> tuple[Line, ...]:
    """Consumers in use that concern this token, by name, with their ticks."""
    ticked = FilteredRelation("switches", condition=Q(switches__token=token.pk))
    rows = Consumer.objects.annotate(tick=ticked).filter(
        integration_id=token.integration_id,
        environment__in=("", token.environment),
        retired_at__isnull=True,
    )
    return tuple(
        Line(key, name, where, at, by or "")
        for key, name, where, at, by in rows.order_by("name", "pk").values_list(
            "pk", "name", "where", "tick__at", "tick__by"
        )
    )


def _facts(
    token: Token, replaced_at: datetime, lines: tuple[Line, ...], elsewhere: bool
) -> SwitchFacts:
    replacement: Token | None = getattr(token, "replacement", None)
    new = None if replacement is None else replacement.secret_id
    seen: dict[EvidenceSource, datetime] = {}
    successor: dict[EvidenceSource, Span] = {}
    hours = HourMap()
    for usage in Usage.objects.filter(secret__in=[token.secret_id, *([new] if new else [])]):
        source = EvidenceSource(usage.source)
        if usage.secret_id == token.secret_id:
            if source is EvidenceSource.HEADERS:
                hours = HourMap.from_text(usage.anchor_at, usage.looked, usage.seen)
            if usage.last_seen_at is not None:
                seen[source] = usage.last_seen_at
        elif source in EXACT and usage.first_seen_at and usage.last_seen_at:
            successor[source] = Span(usage.first_seen_at, usage.last_seen_at)
    return SwitchFacts(
        replaced_at=replaced_at,
        switches=tuple(line.at for line in lines),
        seen=seen,
        successor=successor,
        hours=hours,
        logs=_logs(token.secret),
        elsewhere=elsewhere,
    )


def _others(token: Token) -> list[Token]:
    rows = Token.objects.filter(secret_id=token.secret_id).exclude(pk=token.pk)
    return list(rows.only("state", "integration_id", "environment").order_by("pk")[:SHARED_BY])


def _is_used_elsewhere(others: Sequence[Token]) -> bool:
    """Whether one of these is in force, and its own checklist is not done."""
    if len(others) >= SHARED_BY:
        return True
    for other in others:
        if other.state == State.REVOKED.value:
            continue
        lines = _lines(other) if other.state == State.REPLACED.value else ()
        if not lines or any(line.at is None for line in lines):
            return True
    return False


def _logs(secret: Secret) -> Cover | None:
    since, until = secret.logs_cover_since, secret.logs_cover_until
    return Cover(since, until) if since is not None and until is not None else None
