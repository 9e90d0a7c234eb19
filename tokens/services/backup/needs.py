"""What a backup needs to be of any use, told before anything is written anywhere."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from tokens import keys
from tokens.errors import InvalidInput, KeyringError, VaultError
from tokens.services.key_records import fingerprint_check
from tokens.vault.container import Header, is_whole, read_header

FORMAT = "coolset-token-governance backup 1"
_KINDS: dict[str, type] = {
    "created_at": str,
    "migration": str,
    "columns": dict,
    "rows": dict,
    "key_ids": list,
    "fingerprint_check": str,
    "audit_number": int,
    "audit_hash": str,
}


@dataclass(frozen=True, slots=True)
class Needs:
    """`file_key`: the key of the vault that opens the backup itself. `missing`: keys that its
    stored tokens are sealed to and that are not here. `same_fingerprints`: FINGERPRINT_KEY is the
    one with which its values were recognised."""

    file_key: str
    file_key_here: bool
    key_ids: tuple[str, ...]
    missing: tuple[str, ...]
    same_fingerprints: bool

    @property
    def met(self) -> bool:
        return self.file_key_here and not self.missing and self.same_fingerprints


def read_backup(file: IO[bytes]) -> Header:
    """The header of a backup that is whole. Raises InvalidInput naming FILE."""
    if not is_whole(file):
        raise InvalidInput("is damaged or cut off: its checksum does not fit", field="FILE")
    file.seek(0)
    try:
        header = read_header(file)
    except VaultError:
        raise InvalidInput("is no backup of this product", field="FILE") from None
    if header.facts.get("format") != FORMAT or not _is_sound(header.facts):
        raise InvalidInput("is no backup that this version can read", field="FILE")
    return header


def _is_sound(facts: dict[str, Any]) -> bool:
    """Whether all is there that a restore goes by."""
    if any(not isinstance(facts.get(name), kind) for name, kind in _KINDS.items()):
        return False
    try:
        datetime.fromisoformat(facts["created_at"])
    except ValueError:
        return False
    return all(isinstance(count, int) for count in facts["rows"].values())


def needs_of(header: Header) -> Needs:
    """Compare what the backup names with the keys of this process.

    Raises KeyringError where a provider keeps them and is away: that is not the same as missing.
    """
    keys.wake()
    try:
        here = set(keys.private_keyring().key_ids)
    except KeyringError:
        here = set()
    wanted = tuple(str(each) for each in header.facts["key_ids"])
    return Needs(
        file_key=header.key_id,
        file_key_here=header.key_id in here,
        key_ids=wanted,
        missing=tuple(each for each in wanted if each not in here),
        same_fingerprints=hmac.compare_digest(
            str(header.facts["fingerprint_check"]), fingerprint_check()
        ),
    )


def facts_of(header: Header) -> dict[str, Any]:
    """What people are told of a backup."""
    names = ("created_at", "migration", "audit_number", "audit_hash", "rows")
    return {name: header.facts[name] for name in names}
