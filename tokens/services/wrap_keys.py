"""Wrap a keyring for TOKEN_KEYS_WRAPPED. Writes nothing anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from tokens.key_providers.asking import wrap
from tokens.keys import place_of
from tokens.vault.keyring import parse_private


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`text` is the provider's ciphertext, `public_key` what TOKEN_PUBLIC_KEY takes with it."""

    text: str
    public_key: str


def wrap_keys(*, keyring: str, provider: str) -> Wrapped:
    """Raises KeyringError where it is no keyring, or with what the provider is about."""
    public = parse_private(keyring).current_public().setting_text()
    return Wrapped(wrap(place_of(provider), keyring), public)
