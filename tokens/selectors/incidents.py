"""What is known of a hold: which tokens turned bad within it, and what happened since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from tokens.audit import Event
from tokens.models import AuditEvent, Check, Incident, Secret, Token
from tokens.policy.incident import BAD, REST
from tokens.policy.vocabulary import Health, Outcome
from tokens.selectors.trail import Entry, entry_of

LONGEST = 100
#: What a hold keeps from being said; after it, these tell what it kept back.
_TOLD = (
    Event.TOKEN_HEALTH_CHANGED,
    Event.REVOCATION_CONFIRMED,
    Event.REVOCATION_CONTRADICTED,
    Event.CIPHERTEXT_DESTROYED,
    Event.ALERT_SENT,
)


@dataclass(frozen=True, slots=True)
class Turned:
    """Tokens that turned bad, at most `LONGEST` of the `total`, with what their last check said."""

    tokens: tuple[Token, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Happened:
    """Audit entries from the beginning to a day after the end, oldest first; `more` follow."""

    entries: tuple[Entry, ...]
    more: bool


def incidents() -> tuple[Incident, ...]:
    """The latest hundred, newest first; an open one is the first of them."""
    return tuple(Incident.objects.order_by("-begun_at")[:LONGEST])


def turned_bad(incident: Incident, now: datetime) -> Turned:
    """Tokens whose run of bad answers began within the incident, so not what failed before."""
    runs = Check.objects.filter(
        outcome__in=[outcome.value for outcome in BAD],
        first_at__gte=incident.begun_at,
        first_at__lte=incident.ended_at or now,
    )
    found = Token.objects.filter(secret__in=runs.values("secret"))
    named = found.select_related("integration", "company", "secret")
    ordered = named.order_by("company__name", "integration__name", "pk")
    return Turned(tuple(ordered[:LONGEST]), found.count())


def not_counted(incident: Incident) -> int:
    """Values whose latest answer is a refusal that this hold keeps from counting."""
    refused: QuerySet[Secret] = Secret.objects.filter(
        last_outcome=Outcome.UNAUTHORIZED.value, last_checked_at__gte=incident.begun_at
    )
    return refused.exclude(health=Health.FAILING.value).count()


def happened(incident: Incident) -> Happened:
    """What the trail says of the incident, and of health and proofs until a day after it."""
    within = Q(kind__in=[event.value for event in _TOLD], at__gte=incident.begun_at)
    if incident.ended_at is not None:
        within &= Q(at__lt=incident.ended_at + REST)
    own = Q(subject_id=str(incident.pk))
    rows = list(AuditEvent.objects.filter(own | within).order_by("id")[: LONGEST + 1])
    return Happened(tuple(map(entry_of, rows[:LONGEST])), more=len(rows) > LONGEST)
