"""Fixtures of the vault's tests: no network, a key, a binding, a value made at run time."""

import secrets
import uuid

import pytest

from tokens.vault.binding import Binding
from tokens.vault.keyring import Keyring, generate_private, parse_private


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """The vault has no business with the network."""


@pytest.fixture
def keyring() -> Keyring:
    return parse_private(generate_private("first"))


@pytest.fixture
def binding() -> Binding:
    return Binding(uuid.uuid4(), uuid.uuid4(), "production", uuid.uuid4())


@pytest.fixture
def value() -> str:
    return "sk_" + "live_" + secrets.token_hex(12)
