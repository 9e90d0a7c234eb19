"""The one door beside probe and reseal: a channel's address and secrets, for one delivery.

Only the delivery imports this, and only where this process holds the private keyring: the worker,
and commands. What it hands out goes no further than the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tokens.errors import VaultError
from tokens.keys import private_keyring
from tokens.models import Channel, ChannelSecret, SealedAs
from tokens.services.channels.sealing import binding_of
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Opened:
    """In the open, for the moment of its use; the signing secret in force comes first."""

    address: str = field(repr=False)
    signing: tuple[str, ...] = field(default=(), repr=False)


def opened(channel: Channel, *, now: datetime) -> Opened:
    """Address and signing secrets of a channel, those that ended left out.

    Raises VaultError where one cannot be opened, KeyringError where this process may not.
    """
    in_force = [
        each for each in channel.secrets.all() if each.ends_at is None or each.ends_at > now
    ]
    in_force.sort(key=lambda each: (each.ends_at is not None, each.created_at))
    of = {kind: [_open(e) for e in in_force if e.kind == kind.value] for kind in SealedAs}
    if len(of[SealedAs.ADDRESS]) != 1 or (channel.is_webhook and not of[SealedAs.SIGNING]):
        raise VaultError
    return Opened(of[SealedAs.ADDRESS][0], tuple(of[SealedAs.SIGNING]))


def _open(secret: ChannelSecret) -> str:
    sealed = Sealed(secret.key_id, bytes(secret.sealed))
    binding = binding_of(secret.channel_id, secret.kind, secret.pk)
    return open_sealed(private_keyring(), sealed, binding).decode()
