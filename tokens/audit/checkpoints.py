"""Checkpoints: the head of the chain, signed by the worker and kept where nobody here can reach.

Somebody who can rewrite the whole database can make a whole new chain. They cannot make it agree
with a checkpoint that was carried away before.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from tokens.audit.anchors import anchor
from tokens.audit.chain import moment
from tokens.audit.verification import hash_of, head
from tokens.errors import InvalidInput
from tokens.vault.keyring import Keyring
from tokens.vault.signing import is_signed, sign

FORMAT = "coolset-token-governance checkpoint 1"
LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That entry `number` had this `hash` at this moment, said under this key."""

    number: int
    hash: str
    at: str
    key_id: str
    public_key: str
    signature: str

    def text(self) -> str:
        """As it is kept in a file: one JSON object."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"


def signed_text(number: int, entry_hash: str, at: str) -> bytes:
    """What is signed: an ASCII JSON array without spaces."""
    return json.dumps([FORMAT, number, entry_hash, at], separators=(",", ":")).encode("ascii")


def make_checkpoint(*, keyring: Keyring, now: datetime) -> Checkpoint | None:
    """Sign the head as it is now; None before the first entry."""
    top = head()
    if top is None or top[0] == 0:
        return None
    return sign_checkpoint(*top, keyring=keyring, now=now)


def sign_checkpoint(number: int, entry_hash: str, *, keyring: Keyring, now: datetime) -> Checkpoint:
    """That entry `number` has this hash."""
    at = moment(now)
    signed = sign(keyring, signed_text(number, entry_hash, at))
    return Checkpoint(number, entry_hash, at, signed.key_id, signed.public_key, signed.value)


def read_checkpoint(text: str) -> Checkpoint:
    """Raises InvalidInput where this is no checkpoint, or its signature does not fit."""
    try:
        given = json.loads(text[: LARGEST + 1]) if len(text) <= LARGEST else None
        if not isinstance(given, dict) or given.pop("format", None) != FORMAT:
            raise ValueError
        found = Checkpoint(**given)
        if type(found.number) is not int or found.number < 1:
            raise ValueError
        message = signed_text(found.number, str(found.hash), str(found.at))
    except (ValueError, TypeError):
        raise InvalidInput("is no checkpoint of this product", field="--against") from None
    if not is_signed(str(found.public_key), message, str(found.signature)):
        raise InvalidInput("was changed: its signature does not fit", field="--against")
    return found


def lies_in_archive(checkpoint: Checkpoint) -> bool:
    """Whether the entry that it saw was removed: only the archive can be compared with it."""
    return checkpoint.number < anchor().number


def disagreement(checkpoint: Checkpoint) -> str:
    """How the trail of now differs from what the checkpoint saw, in words, or nothing.

    Meant for a trail that `verify` found whole: it finds what that cannot, an end that was cut off
    together with the head, and a chain that was written anew.
    """
    found = hash_of(checkpoint.number)
    if not found and checkpoint.number < anchor().number:
        return ""  # the archive alone can tell: `lies_in_archive`
    if not found:
        return f"entry {checkpoint.number}, which the checkpoint saw, is missing"
    if found != checkpoint.hash:
        return f"entry {checkpoint.number} is not the one that the checkpoint saw"
    return ""
