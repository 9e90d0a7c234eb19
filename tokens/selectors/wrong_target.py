"""Whether somebody revoked one token in Coolset and recorded another.

The sign: a recorded revocation whose token is still accepted, while another token of the same
company was refused from about then on. It is a careful sentence, not a flag.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from tokens.models import Revocation, Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Proof, State

#: A sweep may meet the refusal before the person comes to record the revocation, and a person may
#: record it before doing it. A token that was accepted later than that was hit by something else.
MARGIN = timedelta(hours=2)
NAMED = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A token as a sentence names it, with the link to it."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class WrongTarget:
    """`meant` was recorded as revoked and still works; `hit` is refused and nobody meant it."""

    meant: Named
    hit: Named
    recorded_by: str
    recorded_at: datetime

    @property
    def sentence(self) -> str:
        return f"You may have revoked {self.hit.name} instead of {self.meant.name}."


def behind_refusal(token: Token, refused_since: datetime) -> tuple[WrongTarget, ...]:
    """Revocations of other tokens of this company that may have hit `token` instead."""
    accepted_at = token.secret.last_accepted_at
    if accepted_at is None:
        return ()
    until = refused_since + MARGIN
    records = (
        Revocation.objects.filter(
            Q(recorded_at__lte=until) | Q(revoked_at__lte=until),
            recorded_at__gte=accepted_at - MARGIN,
            token__company_id=token.company_id,
            proof=Proof.CONTRADICTED.value,
        )
        .exclude(secret_id=token.secret_id)
        .select_related("token__company", "token__integration")
        .order_by("-recorded_at")[:NAMED]
    )
    hit = named(token)
    return tuple(WrongTarget(named(r.token), hit, r.by, r.recorded_at) for r in records)


def behind_contradiction(
    record: Revocation, *, reach: Reach = EVERYTHING
) -> tuple[WrongTarget, ...]:
    """Tokens that are refused from about the recording of `record` on, though nobody meant them.

    A first refusal is enough; only tokens that worked here before can have been hit. They are of
    the company in which it was recorded, so nobody is told who does not reach that one.
    """
    if record.proof != Proof.CONTRADICTED.value or not reach.includes(record.token.company_id):
        return ()
    since = min(record.revoked_at, record.recorded_at) - MARGIN
    refused = (
        Token.objects.filter(
            Q(secret__refused_since__gte=since) | Q(secret__suspect_since__gte=since),
            company_id=record.token.company_id,
            secret__last_accepted_at__lte=record.recorded_at + MARGIN,
        )
        .exclude(state=State.REVOKED.value)
        .exclude(secret_id=record.secret_id)
        .select_related("company", "integration")
        .order_by("pk")[:NAMED]
    )
    meant = named(record.token)
    return tuple(WrongTarget(meant, named(t), record.by, record.recorded_at) for t in refused)


def named(token: Token) -> Named:
    """“Old ERP sync” alone reads best; label and environment tell two of one name apart."""
    label = f" · {token.label}" if token.label else ""
    return Named(token.pk, f"“{token.integration}{label}” ({token.environment}, {token.scope})")
