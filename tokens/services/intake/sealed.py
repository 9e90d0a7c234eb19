"""Sealing what comes in, for its own row; and the worker's door to it.

Beside probe, reseal and delivery to channels the one place that opens, and only where this process
holds the private keyring. What it hands out is a table on its way into the register, or the value
on its way there; neither is kept.
"""

from __future__ import annotations

from uuid import UUID

from tokens.errors import VaultError
from tokens.keys import private_keyring, public_key
from tokens.models import ImportDraft, Start
from tokens.vault.binding import Binding
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed, seal

#: Stands where a token's environment does, so that no token's binding ever reads like one of these.
INTAKE = "intake"


def seal_into(row: ImportDraft | Start, data: bytes) -> None:
    """Put the bytes into the row, sealed for it. The caller saves it."""
    sealed = seal(public_key(), data, _binding(row.pk))
    row.sealed, row.key_id = sealed.ciphertext, sealed.key_id


def opened(row: ImportDraft | Start) -> bytes:
    """What was sealed into the row. Raises VaultError, which tells nothing."""
    if row.sealed is None:
        raise VaultError
    return open_sealed(private_keyring(), Sealed(row.key_id, bytes(row.sealed)), _binding(row.pk))


def _binding(pk: UUID) -> Binding:
    return Binding(pk, pk, INTAKE, pk)
