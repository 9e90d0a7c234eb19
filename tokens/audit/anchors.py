"""Where the trail of this database begins: after the entries that were archived and removed.

The entry `audit.removed` is the anchor. It is written in the transaction that removes, it is the
key to the one door in the database's guards, and it is a link of the chain that goes on: to move
it is to break the chain. It names the last entry that is gone and its hash, the file that holds it
and its digest, and carries a signature of the worker over all that: whoever can add entries, but
holds no keyring, cannot make one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections

from tokens.audit.chain import GENESIS
from tokens.audit.events import Event
from tokens.models.audit import AuditEvent
from tokens.vault.signing import is_signed

FORMAT = "coolset-token-governance audit removal 1"
_ENTRIES = AuditEvent._meta.db_table
_LATEST = (
    f"SELECT id, actor_name, data FROM {_ENTRIES}"  # noqa: S608 - own names
    " WHERE kind = %s ORDER BY id DESC LIMIT 1"
)


class Kept(NamedTuple):
    """An earlier archive: entries `first` to `last` are in `file`."""

    first: int
    last: int
    sha256: str
    file: str

    def fact(self) -> str:
        """As entries hold it."""
        return f"{self.first}, {self.last}, {self.sha256}, {self.file}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Entries 1 to `number` are gone; those after number `after` went last, into `file`.

    hash: of entry `number`. previous_hash: of entry `after`. last_at: when entry `number` was
    written. files: the archives of before, oldest first.
    entry: the number of the entry that says all this; 0 where nothing was ever removed.
    """

    entry: int = 0
    by: str = ""
    after: int = 0
    number: int = 0
    previous_hash: str = GENESIS
    hash: str = GENESIS
    last_at: datetime | None = None
    file: str = ""
    file_digest: str = ""
    reason: str = ""
    key_id: str = ""
    public_key: str = ""
    signature: str = ""
    files: tuple[Kept, ...] = ()
    last_policy: int = 0

    def fault(self) -> str:
        """What is wrong with it in itself, in words, or nothing."""
        if not self.entry:
            return ""
        if self.number < 1 or len(self.hash) != len(GENESIS) or self.last_at is None:
            return "the entry about removed entries holds what was never written"
        said = removal_text(self.after, self.number, self.hash, self.file_digest)
        if not is_signed(self.public_key, said, self.signature):
            return "the entry about removed entries was not signed by the worker"
        return ""


def removal_text(after: int, number: int, entry_hash: str, file_digest: str) -> bytes:
    """What the worker signs before entries go: an ASCII JSON array without spaces."""
    said = [FORMAT, after, number, entry_hash, file_digest]
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def anchor(*, using: str = DEFAULT_DB_ALIAS) -> Anchor:
    """The latest one; one query. What cannot be read in it becomes a fault, never an error."""
    with connections[using].cursor() as cursor:
        cursor.execute(_LATEST, [Event.AUDIT_REMOVED.value])
        row = cursor.fetchone()
    if row is None:
        return Anchor()
    entry = row[0] if isinstance(row[0], int) else 1
    try:
        return _read(entry, str(row[1]), json.loads(row[2]))
    except (ValueError, TypeError, KeyError):
        return Anchor(entry)  # its fault says the rest


def _kept(text: str) -> Kept:
    first, last, sha256, file = text.split(", ", 3)
    return Kept(int(first), int(last), sha256, file)


def _read(entry: int, by: str, facts: dict[str, Any]) -> Anchor:
    return Anchor(
        entry=entry,
        by=by,
        after=int(facts["after"]),
        number=int(facts["number"]),
        previous_hash=str(facts["previous_hash"]),
        hash=str(facts["hash"]),
        last_at=datetime.fromisoformat(facts["last_at"]),
        file=str(facts["file"]),
        file_digest=str(facts["file_digest"]),
        reason=str(facts.get("reason", "")),
        key_id=str(facts["key_id"]),
        public_key=str(facts["public_key"]),
        signature=str(facts["signature"]),
        files=tuple(_kept(str(each)) for each in facts["earlier"]),
        last_policy=int(facts["last_policy"]),
    )
