"""The keys of this process, parsed once from the settings and held for its life.

The settings' texts are what a role may hold: web and beat have TOKEN_PUBLIC_KEY alone and can
never open (design.md, "The vault").
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from tokens.errors import KeyringError
from tokens.key_providers.place import Place
from tokens.vault.fingerprints import parse_key
from tokens.vault.keyring import Keyring, PublicKey, parse_private, parse_public
from tokens.vault.signing import public_keys

_SETTINGS = frozenset(
    {
        *("TOKEN_KEYS", "TOKEN_PUBLIC_KEY", "FINGERPRINT_KEY", "VAULT_MAY_OPEN"),
        *("TOKEN_KEYS_PROVIDER", "TOKEN_KEYS_WRAPPED", "AWS_KMS_KEY_ID"),
        *("VAULT_ADDR", "VAULT_TOKEN", "VAULT_TRANSIT_KEY"),
    }
)


@cache
def public_key() -> PublicKey:
    """The current public key, which new values are sealed to.

    Where this process holds the keyring, its first key; else TOKEN_PUBLIC_KEY. Raises
    KeyringError when neither is there or what is there is malformed.
    """
    if settings.VAULT_MAY_OPEN and settings.TOKEN_KEYS:
        return private_keyring().current_public()
    if not settings.TOKEN_PUBLIC_KEY:
        raise KeyringError("TOKEN_PUBLIC_KEY is missing")
    return parse_public(settings.TOKEN_PUBLIC_KEY)


@cache
def private_keyring() -> Keyring:
    """The keyring that opens. Raises KeyringError where this process may not or cannot open.

    With TOKEN_KEYS_PROVIDER it is unwrapped at first need, at most once in the life of the
    process; while the provider is away each need asks again.
    """
    if not settings.VAULT_MAY_OPEN:
        raise KeyringError("TOKEN_KEYS is for the worker and the commands; this process has none")
    if settings.TOKEN_KEYS_PROVIDER:
        return _unwrapped()
    if not settings.TOKEN_KEYS:
        raise KeyringError("TOKEN_KEYS is missing; without it no stored token can be opened")
    return parse_private(settings.TOKEN_KEYS)


def _unwrapped() -> Keyring:
    """Raises KeyringError also where new values would be sealed to another key than the first:
    `rotate_keys` would then reseal nothing, and the old key would be thrown away too early."""
    from tokens.key_providers.asking import unwrap

    ring = parse_private(unwrap(place_of(settings.TOKEN_KEYS_PROVIDER)))
    if ring.current_public().setting_text() != public_key().setting_text():
        raise KeyringError("TOKEN_PUBLIC_KEY is another key than the first of TOKEN_KEYS_WRAPPED")
    return ring


def place_of(provider: str) -> Place:
    """Where this process finds the provider of that name, as its settings say."""
    return Place(
        provider=provider,
        wrapped=settings.TOKEN_KEYS_WRAPPED,
        kms_key_id=settings.AWS_KMS_KEY_ID,
        vault_addr=settings.VAULT_ADDR,
        vault_token=settings.VAULT_TOKEN,
        vault_key=settings.VAULT_TRANSIT_KEY,
    )


def may_open() -> bool:
    """Whether this process is one that opens, and was told where its keyring is."""
    return bool(settings.VAULT_MAY_OPEN and (settings.TOKEN_KEYS or settings.TOKEN_KEYS_PROVIDER))


def wake() -> None:
    """Where a provider keeps the keyring, fetch it now. Raises KeyringError as above."""
    if settings.VAULT_MAY_OPEN and settings.TOKEN_KEYS_PROVIDER:
        private_keyring()


def older_keys() -> tuple[PublicKey, ...]:
    """The public halves of the other keys that this process may open with; none in web.

    A provider is not asked for them: a command that opens nothing has no need of it.
    """
    asleep = settings.TOKEN_KEYS_PROVIDER and not private_keyring.cache_info().currsize
    return () if asleep or not may_open() else private_keyring().publics()[1:]


def signing_keys() -> dict[str, str]:
    """The public halves of the keys that sign here, by id. Raises KeyringError as above."""
    return public_keys(private_keyring())


@cache
def fingerprint_key() -> bytes:
    """The key that recognises values. Raises KeyringError when missing or malformed."""
    if not settings.FINGERPRINT_KEY:
        raise KeyringError("FINGERPRINT_KEY is missing")
    return parse_key(settings.FINGERPRINT_KEY)


def forget(*, setting: str = "", **_: Any) -> None:
    """Parse again at next need; sent by Django when a test changes a setting."""
    if not setting or setting in _SETTINGS:
        for cached in (public_key, private_keyring, fingerprint_key):
            cached.cache_clear()


setting_changed.connect(forget, dispatch_uid="tokens.keys")
