"""The keys of the vault, read from their settings texts.

A text is `id:base64-of-32-bytes`; the private one may hold several, comma separated, the first
being current (shared/interfaces.md, TOKEN_KEYS and TOKEN_PUBLIC_KEY). Parse once per process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tokens.errors import KeyringError
from tokens.vault.encoding import decode_key, encode_key

PRIVATE_SETTING = "TOKEN_KEYS"
PUBLIC_SETTING = "TOKEN_PUBLIC_KEY"
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What it takes to store a token. Not secret."""

    key_id: str
    key: X25519PublicKey = field(repr=False, compare=False)

    def setting_text(self) -> str:
        """The text that TOKEN_PUBLIC_KEY takes."""
        return f"{self.key_id}:{encode_key(self.key.public_bytes_raw())}"


class Keyring:
    """Private keys by id. Shows ids only, and can be neither pickled nor copied."""

    __slots__ = ("_keys",)

    def __init__(self, keys: dict[str, X25519PrivateKey]) -> None:
        if not keys:
            raise KeyringError(f"{PRIVATE_SETTING} holds no key")
        self._keys = dict(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All ids, the current one first."""
        return tuple(self._keys)

    def current_public(self) -> PublicKey:
        """The public half of the first key: what new values are sealed to."""
        key_id = self.key_ids[0]
        return PublicKey(key_id, self._keys[key_id].public_key())

    def publics(self) -> tuple[PublicKey, ...]:
        """The public halves of all keys, the current one first."""
        return tuple(PublicKey(key_id, key.public_key()) for key_id, key in self._keys.items())

    def private(self, key_id: str) -> X25519PrivateKey | None:
        """For `opening` alone."""
        return self._keys.get(key_id)

    def __repr__(self) -> str:
        return f"<Keyring {', '.join(self._keys)}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a keyring stays in its process")


def parse_public(text: str) -> PublicKey:
    """Read TOKEN_PUBLIC_KEY. Raises KeyringError, which names the setting and no value."""
    entries = list(_entries(text, PUBLIC_SETTING))
    if len(entries) != 1:
        raise KeyringError(f"{PUBLIC_SETTING} must hold exactly one key")
    key_id, raw = entries[0]
    return PublicKey(key_id, X25519PublicKey.from_public_bytes(raw))


def parse_private(text: str) -> Keyring:
    """Read TOKEN_KEYS. Raises KeyringError, which names the setting and no value."""
    keys: dict[str, X25519PrivateKey] = {}
    for key_id, raw in _entries(text, PRIVATE_SETTING):
        if key_id in keys:
            raise KeyringError(f"{PRIVATE_SETTING} holds the same id twice")
        keys[key_id] = X25519PrivateKey.from_private_bytes(raw)
    return Keyring(keys)


def generate_private(key_id: str) -> str:
    """A fresh key as the text of one TOKEN_KEYS entry. The caller keeps it with mode 0600."""
    if not _KEY_ID.match(key_id):
        raise KeyringError("a key id takes 1 to 64 letters, digits, dots, dashes and underscores")
    return f"{key_id}:{encode_key(X25519PrivateKey.generate().private_bytes_raw())}"


def _entries(text: str, setting: str) -> Iterator[tuple[str, bytes]]:
    for number, entry in enumerate(text.split(","), start=1):
        key_id, colon, encoded = entry.strip().partition(":")
        if not colon or not _KEY_ID.match(key_id):
            raise KeyringError(f"{setting}: entry {number} is not of the form id:base64")
        raw = decode_key(encoded)
        if raw is None:
            raise KeyringError(f"{setting}: entry {number} is not base64 of 32 bytes")
        yield key_id, raw
