"""The hash chain, pure: how an entry and the hash before it give the hash of the entry.

An entry's hash is SHA-256 over one JSON array, ASCII only and without spaces: the label of this
scheme, then every column in order, `previous_hash` included. JSON keeps neighbouring columns apart,
so no two different entries are written alike.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import NamedTuple

SCHEME = "coolset-token-governance audit 1"

#: What stands in for the hash before the first entry.
GENESIS = "0" * 64


class Entry(NamedTuple):
    """Every column of an entry but its own hash, as text (the number apart), in hashing order."""

    number: int
    at: str
    kind: str
    actor_kind: str
    actor_name: str
    actor_id: str
    subject_type: str
    subject_id: str
    subject_name: str
    company_id: str
    company_name: str
    data: str
    previous_hash: str


#: The columns of the table, in the model's order.
COLUMNS = ("id", *Entry._fields[1:], "hash")

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def entry_hash(entry: Entry) -> str:
    """The entry's hash: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(_encode([SCHEME, *entry]).encode("ascii")).hexdigest()


def moment(at: datetime) -> str:
    """An aware moment as it is hashed: UTC with microseconds. A naive one raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("an audit entry needs an aware moment")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
