"""A replaced token's checklist and the answer to "may it be revoked?", in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.models import Consumer, ConsumerSwitch, Secret, Token, Usage
from tokens.policy.logs import Cover
from tokens.policy.safe_to_revoke import EXACT, Finding, Span, SwitchFacts, judge
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource, State
from tokens.selectors.beside import SHARED_BY
from tokens.selectors.safe_words import Words, in_words
from tokens.selectors.together import Ask, read_together

#: What is read with the other rows of a value, since pages name them.
OTHERS_WITH = ("company", "integration")


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


@dataclass(frozen=True, slots=True)
class Leaving:
    """Rows that speak of leaving a value: its other rows up to SHARED_BY, the `consumers` of all of
    their integrations by name, their ticks, and the use of it and of what replaced the token."""

    others: Sequence[Token]
    consumers: Sequence[Consumer]
    switches: Sequence[ConsumerSwitch]
    usages: Sequence[Usage]


def questions(token: Token) -> dict[str, Ask]:
    """What `Leaving` is made from, by its names; `others` with company and integration."""
    mine = Token.objects.filter(secret_id=token.secret_id)
    replacement: Token | None = getattr(token, "replacement", None)
    secrets = [token.secret_id, *([replacement.secret_id] if replacement else [])]
    return {
        "others": Ask(mine.exclude(pk=token.pk).order_by("pk")[:SHARED_BY], OTHERS_WITH),
        "consumers": Ask(
            Consumer.objects.filter(
                integration__in=mine.values("integration"), retired_at__isnull=True
            ).order_by("name", "pk")
        ),
        "switches": Ask(ConsumerSwitch.objects.filter(token__in=mine.values("pk"))),
        "usages": Ask(Usage.objects.filter(secret__in=secrets).order_by("source")),
    }


def switching_of(
    token: Token, now: datetime, *, leaving: Leaving | None = None
) -> Switching | None:
    """What is known about leaving `token` (with secret and integration); None unless replaced.

    `leaving`: what `questions` found, where they were asked already; one query else.
    """
    if token.state != State.REPLACED.value or token.replaced_at is None:
        return None
    leaving = leaving or Leaving(**read_together(**questions(token)))
    lines = _lines(token, leaving)
    finding = judge(_facts(token, token.replaced_at, lines, leaving), now)
    return Switching(finding, in_words(finding, token.integration.name, now), lines)


def _lines(token: Token, leaving: Leaving) -> tuple[Line, ...]:
    """Consumers in use that concern this token, by name, with their ticks."""
    ticks = {each.consumer_id: each for each in leaving.switches if each.token_id == token.pk}
    concerned = (
        each
        for each in leaving.consumers
        if each.integration_id == token.integration_id
        and each.environment in {"", token.environment}
    )
    return tuple(_line(each, ticks.get(each.pk)) for each in concerned)


def _line(consumer: Consumer, tick: ConsumerSwitch | None) -> Line:
    at, by = (tick.at, tick.by) if tick else (None, "")
    return Line(consumer.pk, consumer.name, consumer.where, at, by)


def _facts(
    token: Token, replaced_at: datetime, lines: tuple[Line, ...], leaving: Leaving
) -> SwitchFacts:
    seen: dict[EvidenceSource, datetime] = {}
    successor: dict[EvidenceSource, Span] = {}
    hours = HourMap()
    for usage in leaving.usages:
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
        elsewhere=_is_used_elsewhere(leaving),
    )


def _is_used_elsewhere(leaving: Leaving) -> bool:
    """Whether another row is in force, and its own checklist is not done."""
    if len(leaving.others) >= SHARED_BY:
        return True
    for other in leaving.others:
        if other.state == State.REVOKED.value:
            continue
        lines = _lines(other, leaving) if other.state == State.REPLACED.value else ()
        if not lines or any(line.at is None for line in lines):
            return True
    return False


def _logs(secret: Secret) -> Cover | None:
    since, until = secret.logs_cover_since, secret.logs_cover_until
    return Cover(since, until) if since is not None and until is not None else None
