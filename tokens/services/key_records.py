"""Which keys this database lives with, written down at first use, so that a wrong one is refused.

A worker with the key of another instance would find every stored token unreadable; a
FINGERPRINT_KEY of another one would be worse, since nothing would fail: known values would no
longer be recognised, and a revoked one could be stored again. What is kept says whether two keys
are the same, and nothing else of them.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime

from tokens import keys
from tokens.errors import KeyringError
from tokens.models import KeyRecord
from tokens.vault.encoding import encode_key

FINGERPRINT = "fingerprint"
_SAME = b"coolset-token-governance/fingerprint-key/v1"


def require_known_keys() -> None:
    """Raises KeyringError where a key of this process is another one than the database knows."""
    known = dict(KeyRecord.objects.values_list("name", "value"))
    for name, value in _present().items():
        if known.get(name, value) != value:
            raise KeyringError(_REFUSALS[name == FINGERPRINT].format(name=name.partition(":")[2]))


def record_keys(*, now: datetime) -> int:
    """Write down keys that are new here; how many. Raises KeyringError as above, before that,
    and where a provider keeps the keyring and does not give it."""
    keys.wake()
    require_known_keys()
    made = [
        KeyRecord.objects.get_or_create(name=name, defaults={"value": value, "first_at": now})[1]
        for name, value in _present().items()
    ]
    return sum(made)


_REFUSALS = {
    True: "FINGERPRINT_KEY is another one than this database was filled with",
    False: "the vault's key {name} is another one than this database knows by that id",
}


def fingerprint_check() -> str:
    """Says whether two FINGERPRINT_KEYs are the same."""
    return hmac.digest(keys.fingerprint_key(), _SAME, hashlib.sha256).hex()[:32]


def _present() -> dict[str, str]:
    """The keys of this process by name: the public half of the vault's, and the check above.

    One that is missing or malformed is told where it is needed, and is not compared here.
    """
    found: dict[str, str] = {}
    with suppress(KeyringError):
        found[FINGERPRINT] = fingerprint_check()
    with suppress(KeyringError):
        for each in (keys.public_key(), *keys.older_keys()):
            found[f"vault:{each.key_id}"] = encode_key(each.key.public_bytes_raw())
    return found
