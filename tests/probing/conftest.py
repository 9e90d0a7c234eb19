"""A stand-in for Coolset over real HTTP, and a clock that the test moves by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import NOW, make_account, make_token, token_value
from tests.stand_in import StandIn, World
from tokens.models import Secret, Token
from tokens.services.sweep import Swept, sweep


@dataclass
class Clock:
    """Both sides read it: what the product calls now, and the vendor's window."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def stamp(self) -> float:
        return self.now.timestamp()

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Scene:
    """One stand-in, one clock, and the values of the tokens that were made here."""

    coolset: StandIn
    clock: Clock
    values: dict[Any, str] = field(default_factory=dict)

    def token(
        self, mode: str = "valid", *, seed: dict[str, Any] | None = None, **fields: Any
    ) -> Token:
        value = token_value()
        self.coolset.seed(value, mode, **(seed or {}))
        token = make_token(now=self.clock.now, value=value, **fields)
        self.values[token.pk] = value
        return token

    def answer(self, token: Token, mode: str, **options: Any) -> None:
        self.coolset.set_mode(self.values[token.pk], mode, **options)

    def foreign_use(self, token: Token, calls: int) -> None:
        self.coolset.foreign_use(self.values[token.pk], calls)

    def calls(self, token: Token) -> int:
        return self.coolset.calls(self.values[token.pk])

    def sweep(self, **after: float) -> Swept:
        """Move the clock, then sweep what is due."""
        self.clock.advance(**after)
        return sweep(clock=self.clock)

    def probe(self, *tokens: Token) -> Swept:
        """Make these due and sweep."""
        ids = [token.secret_id for token in tokens]
        Secret.objects.filter(pk__in=ids).update(next_check_at=self.clock.now)
        return sweep(clock=self.clock)


@pytest.fixture
def scene(settings: Any, db: None) -> Iterator[Scene]:
    clock = Clock()
    with StandIn(World(clock=clock.stamp)) as coolset:
        settings.COOLSET_API_URL = coolset.url
        settings.COOLSET_TIMEOUT = 2
        settings.COOLSET_CONCURRENCY = 20
        settings.COOLSET_CONFIRM_SECONDS = 300
        yield Scene(coolset, clock)


@pytest.fixture
def administrators(db: None) -> list[str]:
    """Two of them, who are mailed what concerns everybody."""
    return [make_account(f"admin{n}@acme.example").email for n in (1, 2)]
