"""Between rows and the policy's facts: the only place where the two are translated."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Revocation, Secret
from tokens.policy.health import HealthFacts
from tokens.policy.revocation import ProofFacts
from tokens.policy.vocabulary import Health, Proof

HEALTH_COLUMNS = (
    "health",
    "suspect_since",
    "last_conclusive_at",
    "last_accepted_at",
    "refused_since",
)
PROOF_COLUMNS = (
    "proof",
    "proof_reason",
    "last_accepted_at",
    "first_refused_at",
    "confirmed_at",
    "contradicted_at",
)


def health_facts(secret: Secret) -> HealthFacts:
    return HealthFacts(
        health=Health(secret.health),
        suspect_since=secret.suspect_since,
        last_conclusive_at=secret.last_conclusive_at,
        last_accepted_at=secret.last_accepted_at,
        refused_since=secret.refused_since,
    )


def put_health(secret: Secret, facts: HealthFacts) -> None:
    secret.health = facts.health.value
    secret.suspect_since = facts.suspect_since
    secret.last_conclusive_at = facts.last_conclusive_at
    # Whether a value ever worked here is never forgotten, whatever comes later.
    secret.last_accepted_at = facts.last_accepted_at or secret.last_accepted_at
    secret.refused_since = facts.refused_since


def put_permission(secret: Secret, *, before: str, at: datetime) -> None:
    """Remember since when a value that did its work (200) may do less (403); 200 forgets it."""
    if secret.health == Health.VALID.value:
        secret.permission_lost_at = None
    elif secret.health == Health.INSUFFICIENT.value and before == Health.VALID.value:
        secret.permission_lost_at = at


def proof_facts(revocation: Revocation, secret: Secret) -> ProofFacts:
    return ProofFacts(
        proof=Proof(revocation.proof),
        reason=revocation.proof_reason,
        recorded_at=revocation.recorded_at,
        accepted_before=secret.last_accepted_at is not None,
        first_refused_at=revocation.first_refused_at,
        confirmed_at=revocation.confirmed_at,
        contradicted_at=revocation.contradicted_at,
    )


def put_proof(revocation: Revocation, facts: ProofFacts) -> None:
    revocation.proof = facts.proof.value
    revocation.proof_reason = facts.reason
    revocation.first_refused_at = facts.first_refused_at
    revocation.confirmed_at = facts.confirmed_at
    revocation.contradicted_at = facts.contradicted_at
