"""What an audit trail that was carried away knows of the time after a backup.

Revocations are what must not be forgotten: a token that a person revoked in Coolset would be
watched and reminded of as if nothing had happened. They are recorded again. All else that the
entries speak of cannot be made anew from them, and is told.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from tokens.audit import system
from tokens.audit.chain import SCHEME, Entry, entry_hash
from tokens.audit.events import Event
from tokens.audit.exporting import FORMAT
from tokens.errors import DomainError, InvalidInput
from tokens.models import Token
from tokens.policy.vocabulary import State
from tokens.services.record_revocation import record_revocation

ACTOR = system("restore")
_NEW_TOKENS = frozenset(
    {
        Event.TOKEN_REGISTERED.value,
        Event.TOKEN_IMPORTED.value,
        Event.ROTATION_ACCEPTED.value,
    }
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """`lost`: names of tokens that were added or rotated after the backup, whose values are not
    here. `not_replayed`: other acts, by kind."""

    revocations: int = 0
    lost: tuple[str, ...] = ()
    not_replayed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """The entries of an export, in order, checked to be a chain of their own."""

    entries: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, file: IO[str]) -> Later:
        """Raises InvalidInput naming --audit where this is no export, or not as it was written."""
        try:
            lines = [json.loads(line) for line in file]
            top, *entries, end = lines
            sound = top["format"] == FORMAT and top["scheme"] == SCHEME
            last, previous = top["after"], top["previous_hash"]
            for each in entries:
                columns = [each[name] for name in ("id", *Entry._fields[1:])]
                follows = each["id"] == last + 1 and each["previous_hash"] == previous
                sound = sound and follows and entry_hash(Entry(*columns)) == each["hash"]
                last, previous = each["id"], each["hash"]
            sound = sound and end["head"] == {"number": last, "hash": previous}
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            raise InvalidInput("is no audit export, or was changed", field="--audit")
        return cls(tuple(entries))

    def require_to_follow(self, number: int, sealed: str) -> None:
        """Raises InvalidInput where this trail is not the one that the backup's goes on in."""
        for each in self.entries:
            if each["id"] == number and each["hash"] == sealed:
                return
            if each["id"] == number + 1 and each["previous_hash"] == sealed:
                return
        raise InvalidInput("does not go on where the backup ends", field="--audit")

    def after(self, number: int) -> list[dict[str, Any]]:
        return [each for each in self.entries if each["id"] > number]


def replay(later: Later, *, number: int, now: datetime) -> Replayed:
    """Record the revocations of the entries after `number`; inside the restore's transaction."""
    revocations, lost = 0, []
    other: Counter[str] = Counter()
    for entry in later.after(number):
        if entry["kind"] == Event.REVOCATION_RECORDED.value:
            if _revoked(entry, now):
                revocations += 1
                continue
        elif entry["kind"] in _NEW_TOKENS:
            lost.append(str(entry["subject_name"]))
            continue
        other[str(entry["kind"])] += 1
    return Replayed(revocations, tuple(lost), dict(other))


def _revoked(entry: dict[str, Any], now: datetime) -> bool:
    """Whether the token is revoked now, by this or by another row of its secret."""
    token = Token.objects.filter(pk=UUID(entry["subject_id"])).select_related("secret").first()
    if token is None:
        return False
    if token.state == State.REVOKED.value:
        return True
    facts = json.loads(entry["data"])
    at = facts.get("at")
    try:
        record_revocation(
            token=token,
            reason=f"{str(facts.get('reason', ''))[:400]} (audit entry {entry['id']}, replayed)",
            by=str(facts.get("by", "")),
            at=datetime.fromisoformat(at) if at else None,
            actor=ACTOR,
            now=now,
        )
    except DomainError:
        return False
    return True
