"""Rows of the inventory made directly through the models, with any facts, for what only reads.

No value is sealed and no fingerprint is real: selectors never look at either.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tokens.models import (
    Company,
    Compromise,
    ExceptedFlag,
    Integration,
    Person,
    Revocation,
    Secret,
    Token,
)
from tokens.models.excepted import write_excepted
from tokens.policy.days import due_at as due_day
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health, Proof, State

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


def company(name: str = "Acme GmbH", **columns: Any) -> Company:
    return Company.objects.get_or_create(name=name, defaults={"created_at": NOW, **columns})[0]


def integration(name: str = "Supplier portal", **columns: Any) -> Integration:
    return Integration.objects.get_or_create(name=name, defaults={"created_at": NOW, **columns})[0]


def person(email: str, **columns: Any) -> Person:
    return Person.objects.get_or_create(email=email, defaults={"created_at": NOW, **columns})[0]


@dataclass
class Facts:
    """What may differ from a healthy production token that was issued 10 days ago."""

    company: str = "Acme GmbH"
    integration: str = "Supplier portal"
    environment: str = "production"
    scope: str = "read"
    label: str = ""
    owner: str | None = "owner@acme.example"
    created_by: str | None = None
    hint: str = "sk_live_…8f2c"
    state: State = State.ACTIVE
    issued_at: datetime | None = NOW - timedelta(days=10)
    stored_at: datetime = NOW - timedelta(days=9)
    due_at: datetime | None = None
    replaced_at: datetime | None = None
    replaces: Token | None = None
    company_mismatch: bool = False
    held: bool = True
    health: Health = Health.VALID
    refused_since: datetime | None = None
    last_accepted_at: datetime | None = NOW - timedelta(minutes=20)
    last_conclusive_at: datetime | None = NOW - timedelta(minutes=20)
    last_checked_at: datetime | None = NOW - timedelta(minutes=20)
    last_outcome: str = "valid"
    last_used_at: datetime | None = None
    last_used_evidence: str = ""
    headers_live_until: datetime | None = None
    logs_cover_since: datetime | None = None
    logs_cover_until: datetime | None = None
    is_shared: bool = False
    mixes_environments: bool = False
    permission_lost_at: datetime | None = None
    proof: Proof = Proof.NONE
    recorded_at: datetime = NOW - timedelta(days=3)
    contradicted_at: datetime | None = None
    compromised_at: datetime | None = None
    policy: int | None = None
    excepted: dict[str, date] = field(default_factory=dict)


def secret(facts: Facts) -> Secret:
    failing = facts.health is Health.FAILING
    return Secret.objects.create(
        fingerprint=secrets.token_bytes(32) if facts.held else None,
        health=facts.health.value,
        refused_since=(facts.refused_since or ago(hours=1)) if failing else None,
        last_accepted_at=facts.last_accepted_at,
        last_conclusive_at=facts.last_conclusive_at,
        last_checked_at=facts.last_checked_at,
        last_outcome=facts.last_outcome,
        last_used_at=facts.last_used_at,
        last_used_evidence=facts.last_used_evidence,
        headers_live_until=facts.headers_live_until,
        logs_cover_since=facts.logs_cover_since,
        logs_cover_until=facts.logs_cover_until,
        is_shared=facts.is_shared,
        mixes_environments=facts.mixes_environments,
        permission_lost_at=facts.permission_lost_at,
    )


def token(facts: Facts | None = None, /, **changes: Any) -> Token:
    """Store one token with these facts; `changes` are Facts' names."""
    facts = facts or Facts(**changes)
    owner_secret = secret(facts)
    replaced = facts.state is State.REPLACED
    made = Token.objects.create(
        secret=owner_secret,
        company=company(facts.company),
        integration=integration(facts.integration),
        environment=facts.environment,
        scope=facts.scope,
        label=facts.label,
        owner=person(facts.owner) if facts.owner else None,
        created_by=person(facts.created_by) if facts.created_by else None,
        hint=facts.hint if facts.held else "",
        issued_at=facts.issued_at,
        stored_at=facts.stored_at,
        due_at=facts.due_at
        or due_day(issued_at=facts.issued_at, stored_at=facts.stored_at, rules=DEFAULT),
        state=facts.state.value,
        replaces=facts.replaces,
        replaced_at=(facts.replaced_at or ago(days=1)) if replaced else None,
        company_mismatch=facts.company_mismatch,
        excepted_words=write_excepted(facts.excepted),
        policy_id=facts.policy,
    )
    if facts.proof is not Proof.NONE:
        revocation(made, facts)
    if facts.compromised_at is not None:
        compromise(made, facts.compromised_at)
    for flag, until in facts.excepted.items():
        ExceptedFlag.objects.create(token=made, flag=flag, until=until)
    return made


def compromise(of: Token, at: datetime) -> Compromise:
    return Compromise.objects.create(
        secret=of.secret,
        token=of,
        reason="found in a public repository",
        by="finance-it@acme.example",
        recorded_by="finance-it@acme.example",
        recorded_at=at,
    )


def revocation(of: Token, facts: Facts) -> Revocation:
    confirmed = facts.proof is Proof.CONFIRMED
    contradicted = facts.proof is Proof.CONTRADICTED
    return Revocation.objects.create(
        secret=of.secret,
        token=of,
        reason="not needed any more",
        by="finance-it@acme.example",
        recorded_by="finance-it@acme.example",
        revoked_at=facts.recorded_at,
        recorded_at=facts.recorded_at,
        proof=facts.proof.value,
        last_accepted_at=facts.recorded_at - timedelta(hours=1),
        first_refused_at=facts.recorded_at if confirmed else None,
        confirmed_at=facts.recorded_at if confirmed else None,
        contradicted_at=(facts.contradicted_at or ago(minutes=6)) if contradicted else None,
    )
