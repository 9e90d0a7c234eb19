"""Storing an address or a signing secret: any process can, and none but the worker reads it."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from tokens.keys import public_key
from tokens.models import Channel, ChannelSecret, SealedAs
from tokens.models.base import new_id
from tokens.vault.binding import ChannelBinding
from tokens.vault.sealing import seal

PREFIX = "whsec_"
_BYTES = 32


def keep(channel: Channel, kind: SealedAs, value: str, *, now: datetime) -> ChannelSecret:
    """Seal a value to the current public key and store it. Raises KeyringError or VaultError."""
    identity = new_id()
    sealed = seal(public_key(), value.encode(), binding_of(channel.pk, kind.value, identity))
    return ChannelSecret.objects.create(
        id=identity,
        channel=channel,
        kind=kind.value,
        sealed=sealed.ciphertext,
        key_id=sealed.key_id,
        created_at=now,
    )


def binding_of(channel_id: object, kind: str, secret_id: object) -> ChannelBinding:
    """What a sealed value of a channel is tied to: two swapped rows do not open."""
    return ChannelBinding(str(channel_id), kind, str(secret_id))


def new_signing_secret() -> str:
    """A secret as standardwebhooks.com has it: `whsec_` and base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode("ascii")
