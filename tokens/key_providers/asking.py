"""Wrap and unwrap the keyring. What comes back is a secret: the caller parses it at once."""

from __future__ import annotations

from tokens.errors import KeyringError
from tokens.key_providers.place import AWS_KMS, MALFORMED, Place


def unwrap(place: Place) -> str:
    """The text of TOKEN_KEYS. Raises KeyringError with a fixed word."""
    missing = place.missing() + ([] if place.wrapped else ["TOKEN_KEYS_WRAPPED"])
    _require(missing)
    # Imported at need: neither is of any use to a process without a provider.
    if place.provider == AWS_KMS:
        from tokens.key_providers import aws_kms

        raw = aws_kms.decrypt(place)
    else:
        from tokens.key_providers import vault_transit

        raw = vault_transit.decrypt(place)
    return _text(raw)


def wrap(place: Place, keyring: str) -> str:
    """What TOKEN_KEYS_WRAPPED takes. Raises KeyringError with a fixed word."""
    _require(place.missing())
    if place.provider == AWS_KMS:
        from tokens.key_providers import aws_kms

        _require([] if place.kms_key_id else ["AWS_KMS_KEY_ID"])
        return aws_kms.encrypt(place, keyring.encode())
    from tokens.key_providers import vault_transit

    return vault_transit.encrypt(place, keyring.encode())


def _require(missing: list[str]) -> None:
    if missing:
        raise KeyringError(f"{', '.join(missing)} is missing for the key provider")


def _text(raw: bytes | None) -> str:
    """None and what is not ASCII is malformed; an error raised while decoding would hold it."""
    if not raw or not raw.isascii():
        raise KeyringError(MALFORMED)
    return raw.decode("ascii").strip()
