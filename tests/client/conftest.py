"""`coolset-tokens` as people run it: one packed file, a Python without packages, a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from scripts.client import pack
from tests.factories import ACTOR
from tokens.models import Company, Integration
from tokens.policy.api_keys import KEYABLE
from tokens.policy.roles import Permission
from tokens.services.api_keys import create_api_key
from tokens.services.usage_keys import create_usage_key


@dataclass(frozen=True)
class Client:
    """The command against one server with one key."""

    program: Path
    url: str
    key: str

    @property
    def environment(self) -> dict[str, str]:
        found = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        settings = {"COOLSET_TOKENS_URL": self.url, "COOLSET_TOKENS_KEY": self.key}
        return found | {name: value for name, value in settings.items() if value}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(self.program), *words]

    def run(
        self, *words: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), input=stdin, env=self.environment | environment,
            capture_output=True, text=True, check=False, timeout=60, cwd="/",
        )  # fmt: skip


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("client") / "coolset-tokens"
    pack(target)
    return target


@pytest.fixture
def nowhere(program: Path) -> Client:
    """Without server and key."""
    return Client(program, "", "")


@pytest.fixture
def client_of(program: Path, live_server: Any) -> Callable[[str], Client]:
    """The command against the live server with this key."""
    cache.clear()
    return lambda key: Client(program, live_server.url, key)


@pytest.fixture
def client(client_of: Callable[[str], Client]) -> Client:
    """With a key that may do everything that keys may."""
    return client_of(new_key())


def new_key(
    *permissions: Permission, company: Company | None = None, name: str = "build server"
) -> str:
    _, plain = create_api_key(
        name=name,
        permissions=permissions or KEYABLE,
        days=30,
        companies=[company.pk] if company else [],
        actor=ACTOR,
        now=timezone.now(),
    )
    return plain


def usage_key(integration: Integration) -> str:
    _, plain = create_usage_key(integration=integration, actor=ACTOR, now=timezone.now())
    return plain
