"""Many tokens in seconds: rows written in bulk, every value sealed for its own row.

Values are made here and forgotten. The last character of a value chooses what the benchmark's
stand-in answers (benchmarks/peers/stand_in.py).
"""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.keys import public_key
from tokens.models import Company, Integration, Person, Revocation, Secret, Token
from tokens.models.base import new_id
from tokens.policy.days import due_at
from tokens.policy.settings import DEFAULT
from tokens.vault.binding import Binding
from tokens.vault.sealing import seal

BATCH = 2_000
#: Of a sweep's answers: refused, forbidden, throttled, failing vendor, and changing each time.
ODD = {"u": 0.01, "f": 0.01, "t": 0.01, "e": 0.01, "x": 0.02}
COMPANIES, INTEGRATIONS, PEOPLE = 200, 60, 300


@dataclass(frozen=True, slots=True)
class World:
    """Who tokens belong to."""

    companies: Sequence[Company]
    integrations: Sequence[Integration]
    people: Sequence[Person]


def seed(count: int, *, mixed: bool, now: datetime) -> None:
    """Store `count` tokens. `mixed`: all states and ages, as an inventory has them; else all are
    active, held, unchecked and due for their first check."""
    chance = random.Random(7)
    world = _world(now)
    numbers = iter(range(count))
    while batch := list(itertools.islice(numbers, BATCH)):
        made = [_one(number, world, chance, now, mixed=mixed) for number in batch]
        Secret.objects.bulk_create([token.secret for token in made], batch_size=500)
        Token.objects.bulk_create(made, batch_size=500)
        Revocation.objects.bulk_create(_revocations(made, now), batch_size=500)


def _world(now: datetime) -> World:
    companies = [
        Company(name=f"Company {n:03} B.V.", workspace_id=n + 1, created_at=now)
        for n in range(COMPANIES)
    ]
    integrations = [
        Integration(name=f"Integration {n:02}", created_at=now) for n in range(INTEGRATIONS)
    ]
    people = [Person(email=f"person{n:03}@example.com", created_at=now) for n in range(PEOPLE)]
    return World(
        Company.objects.bulk_create(companies),
        Integration.objects.bulk_create(integrations),
        Person.objects.bulk_create(people),
    )


def _one(number: int, world: World, chance: random.Random, now: datetime, *, mixed: bool) -> Token:
    issued = now - timedelta(days=chance.randrange(0, 100), seconds=chance.randrange(0, 86_400))
    token = Token(
        company=chance.choice(world.companies),
        integration=chance.choice(world.integrations),
        environment=chance.choice(("production", "production", "development")),
        scope=chance.choice(("read", "write", "admin")),
        label=f"k{number}",
        owner=chance.choice(world.people) if not mixed or chance.random() > 0.03 else None,
        created_by=chance.choice(world.people),
        issued_at=issued,
        stored_at=issued + timedelta(minutes=5),
        due_at=due_at(issued_at=issued, stored_at=issued, rules=DEFAULT),
    )
    token.secret = Secret(next_check_at=now - timedelta(hours=1), workspaces_asked_at=now)
    if mixed:
        _mix(token, chance, now)
    if not mixed or chance.random() > 0.03:
        _hold(token, _kind(chance))
    else:
        token.secret.next_check_at = None
    return token


def _kind(chance: random.Random) -> str:
    drawn = chance.random()
    for letter, share in ODD.items():
        drawn -= share
        if drawn < 0:
            return letter
    return "v"


def _hold(token: Token, kind: str) -> None:
    value = "sk_" + "live_" + secrets.token_hex(12) + kind
    binding = Binding(token.company_id, token.integration_id, token.environment, token.pk)
    sealed = seal(public_key(), value.encode(), binding)
    token.sealed, token.key_id = sealed.ciphertext, sealed.key_id
    token.hint = f"sk_live_…{value[-4:]}"
    token.secret.fingerprint = secrets.token_bytes(32)


def _mix(token: Token, chance: random.Random, now: datetime) -> None:
    """States, health and use as a lived-in inventory has them."""
    drawn, secret = chance.random(), token.secret
    if drawn < 0.06:
        token.state, token.replaced_at = "replaced", now - timedelta(days=chance.randrange(1, 30))
    elif drawn < 0.10:
        token.state = "revoked"
    checked = now - timedelta(minutes=chance.randrange(1, 60))
    secret.last_checked_at = secret.last_conclusive_at = checked
    secret.last_outcome, secret.health, secret.last_accepted_at = "valid", "valid", checked
    if chance.random() < 0.02:
        secret.last_outcome, secret.health = "unauthorized", "failing"
        secret.refused_since = secret.last_accepted_at = checked - timedelta(hours=2)
    elif chance.random() < 0.03:
        secret.last_outcome, secret.health = "forbidden", "insufficient"
    if chance.random() < 0.7:
        secret.last_used_at = now - timedelta(hours=chance.randrange(1, 1500))
        secret.last_used_evidence = "headers"
        secret.headers_live_until = now + timedelta(days=20)
    secret.is_shared = chance.random() < 0.002


def _revocations(made: Sequence[Token], now: datetime) -> Iterator[Revocation]:
    for token in made:
        if token.state == "revoked":
            yield Revocation(
                id=new_id(), secret=token.secret, token=token, reason="rotated",
                by="person000@example.com", recorded_by="person000@example.com",
                revoked_at=now - timedelta(days=3), recorded_at=now - timedelta(days=3),
            )  # fmt: skip
