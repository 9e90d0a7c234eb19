"""What a process needs that gets its private keyring from AWS KMS or Vault."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from coolset_admin import env
from tokens.errors import KeyringError
from tokens.key_providers.place import Place


def problems(role: str) -> list[str]:
    """What contradicts itself or is missing around TOKEN_KEYS_PROVIDER; no value is repeated."""
    provider = env.text("TOKEN_KEYS_PROVIDER")
    if not provider:
        return []
    found = []
    if not env.secret("TOKEN_PUBLIC_KEY"):
        found.append("TOKEN_PUBLIC_KEY is missing (with TOKEN_KEYS_PROVIDER it is not derived)")
    if role in {"web", "beat"}:
        return found
    if env.secret("TOKEN_KEYS"):
        found.append("TOKEN_KEYS and TOKEN_KEYS_PROVIDER are both set: give one of them")
    if not env.secret("TOKEN_KEYS_WRAPPED"):
        found.append("TOKEN_KEYS_WRAPPED is missing (wrap_keys makes it)")
    return found + _of_place(provider)


def _of_place(provider: str) -> list[str]:
    place = Place(
        provider=provider,
        vault_addr=env.text("VAULT_ADDR"),
        vault_token=env.secret("VAULT_TOKEN"),
        vault_key=env.text("VAULT_TRANSIT_KEY"),
    )
    try:
        return [f"{name} is missing for the key provider" for name in place.missing()]
    except KeyringError as error:
        return [str(error)]


def require(role: str) -> None:
    """Raise ImproperlyConfigured with all of `problems`."""
    if found := problems(role):
        raise ImproperlyConfigured("; ".join(found) + ".")
