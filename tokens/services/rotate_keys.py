"""Reseal every stored value to the current public key: online, in short batches, resumable.

Beside the probe and the delivery to channels the third place that opens. A kill between batches
loses nothing: what is not resealed yet still carries its old key's id, and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import VaultError
from tokens.keys import private_keyring, public_key
from tokens.models import ChannelSecret, Rotation, Token
from tokens.models.bulk import update_rows
from tokens.vault.binding import Binding, ChannelBinding
from tokens.vault.keyring import Keyring, PublicKey
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed, seal

BATCH = 500


@dataclass(frozen=True, slots=True)
class Resealed:
    """`remaining` could not be opened by any key of the ring, and stay as they are."""

    resealed: int
    remaining: int


def rotate_keys(
    *, actor: Actor, now: datetime, progress: Callable[[int], None] = lambda count: None
) -> Resealed:
    """Reseal all tokens, values waiting in rotations, and secrets of channels, of another key.

    Raises KeyringError where this process has no private keyring.
    """
    keyring, public = private_keyring(), public_key()
    resealed = remaining = 0
    for model in _BOUND_TO:
        after: UUID | None = None
        while batch := _reseal(model, after, keyring, public):
            after = batch.last
            resealed, remaining = resealed + batch.resealed, remaining + batch.left
            progress(batch.resealed + batch.left)
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.KEYS_ROTATED,
            Subject("keyring", public.key_id, public.key_id),
            key_id=public.key_id,
            resealed=resealed,
            remaining=remaining,
        )
    return Resealed(resealed, remaining)


def count_to_reseal() -> int:
    current = public_key().key_id
    return sum(_held(model).exclude(key_id=current).count() for model in _BOUND_TO)


_Holder = type[Token] | type[Rotation] | type[ChannelSecret]
#: What a value is sealed to, as columns of the row that holds it (see `vault.binding`).
_BOUND_TO: dict[_Holder, tuple[str, ...]] = {
    Token: ("company_id", "integration_id", "environment", "pk"),
    Rotation: (
        "token__company_id",
        "token__integration_id",
        "token__environment",
        "new_token_id",
    ),
    ChannelSecret: ("channel_id", "kind", "pk"),
}


def _held(model: _Holder) -> QuerySet[Any]:
    return model._default_manager.filter(sealed__isnull=False)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What became of some rows; `last`: the key of the last of them, `left`: opened by none."""

    last: UUID
    resealed: int
    left: int


def _reseal(
    model: _Holder, after: UUID | None, keyring: Keyring, public: PublicKey
) -> _Batch | None:
    """The next rows after that key, in one short transaction; None where there are no more.

    They are locked as they are read: what is destroyed or replaced meanwhile is left alone.
    """
    with transaction.atomic():
        rows = _held(model).exclude(key_id=public.key_id).select_for_update(of=("self",))
        if after is not None:
            rows = rows.filter(pk__gt=after)
        found = list(
            rows.order_by("pk").values_list("pk", "key_id", "sealed", *_BOUND_TO[model])[:BATCH]
        )
        kind = ChannelBinding if model is ChannelSecret else Binding
        resealed = []
        for key, key_id, ciphertext, *bound_to in found:
            old = Sealed(key_id, bytes(ciphertext or b""))
            if (new := _resealed(old, kind(*bound_to), keyring, public)) is not None:
                resealed.append((key, new.ciphertext, new.key_id))
        update_rows(model, ("sealed", "key_id"), resealed)
    if not found:
        return None
    return _Batch(found[-1][0], len(resealed), len(found) - len(resealed))


def _resealed(
    old: Sealed, binding: Binding | ChannelBinding, keyring: Keyring, public: PublicKey
) -> Sealed | None:
    """None where no key of the ring opens it."""
    try:
        return seal(public, open_sealed(keyring, old, binding), binding)
    except VaultError:
        return None
