"""Restoring a backup into an empty database, and saying what it cannot know."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.core.management import call_command
from django.db import models, transaction

from tokens import keys
from tokens.audit import Actor, Event, Subject, audited, verify
from tokens.errors import InvalidInput, KeyringError, VaultError, WrongState
from tokens.models import Account, Pulse, Secret, Token
from tokens.services.backup.layout import lay_out
from tokens.services.backup.needs import needs_of, read_backup
from tokens.services.backup.replay import Later, Replayed, replay
from tokens.services.backup.rows import from_json, stored_models
from tokens.vault.container import Header, opened

_HEAD = "tokens.chainhead"
#: As many calls of one value as an instance never makes by itself within the vendor's window.
UNKNOWN_CALLS = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """`made_at`: the moment that the database is at now; nothing later is in it but `replayed`."""

    rows: int
    made_at: datetime
    audit_number: int
    replayed: Replayed = field(default_factory=Replayed)


def restore(
    *,
    file: IO[bytes],
    later: Later | None = None,
    actor: Actor,
    now: datetime,
    progress: Callable[[int], object] = lambda count: None,
) -> Restored:
    """Put a backup into this database, which must be empty; all of it or nothing.

    First the file's checksum and the keys that it needs, before anything is written. `later` is an
    exported audit trail that goes on where the backup ends. Everything is checked against Coolset
    at once afterwards. Raises InvalidInput, WrongState, KeyringError, VaultError.
    """
    header = read_backup(file)
    _require_keys(header)
    if later is not None:
        later.require_to_follow(header.facts["audit_number"], header.facts["audit_hash"])
    then = lay_out(str(header.facts["migration"]))
    with transaction.atomic():
        _require_empty()
        rows = _load(file, header, then, progress)
        _require_whole_trail(header)
    call_command("migrate", verbosity=0, interactive=False)
    with audited(actor=actor, now=now) as trail:
        number = int(header.facts["audit_number"])
        done = replay(later, number=number, now=now) if later else Replayed()
        wake(now=now)
        trail.add(
            Event.BACKUP_RESTORED,
            Subject("backup"),
            rows=rows,
            entries=header.facts["audit_number"],
            made_at=datetime.fromisoformat(header.facts["created_at"]),
            replayed=done.revocations,
        )
    made_at = datetime.fromisoformat(header.facts["created_at"])
    return Restored(rows, made_at, header.facts["audit_number"], done)


def _require_keys(header: Header) -> None:
    needs = needs_of(header)
    if not needs.file_key_here:
        raise KeyringError(f"the backup is sealed to the key {needs.file_key}, which is not here")
    if needs.missing:
        names = ", ".join(needs.missing)
        raise KeyringError(f"stored tokens are sealed to keys that are not here: {names}")
    if not needs.same_fingerprints:
        raise KeyringError("FINGERPRINT_KEY is another one: known values would not be recognised")


def _require_empty() -> None:
    if Account.objects.exists() or Token.objects.exists() or verify().entries:
        raise WrongState("This database is not empty. A backup is restored into an empty one.")
    Pulse.objects.all().delete()


def _load(file: IO[bytes], header: Header, then: Any, progress: Callable[[int], object]) -> int:
    """Every row, by the models as they were when the backup was made."""
    wanted: dict[str, int] = header.facts["rows"]
    loaded: Counter[str] = Counter()
    for label, rows in _lines(file, header):
        model = then.get_model(label)
        fields = [
            next(one for one in model._meta.concrete_fields if one.attname == name)
            for name in header.facts["columns"][label]
        ]
        made = [
            model(**{f.attname: from_json(f, cell) for f, cell in zip(fields, row, strict=True)})
            for row in rows
        ]
        if label == _HEAD:
            # The row is there since the database was laid out; its guard lets it move up alone.
            models.QuerySet(model).update(number=made[0].number, hash=made[0].hash)
        else:
            models.QuerySet(model).bulk_create(made, batch_size=500)
        loaded[label] += len(rows)
        progress(len(rows))
    if any(loaded[label] != count for label, count in wanted.items()):
        raise VaultError
    return sum(loaded.values())


def _lines(file: IO[bytes], header: Header) -> Iterator[tuple[str, list[Any]]]:
    waiting, unpack = b"", zlib.decompressobj()
    for piece in opened(file, header, keys.private_keyring()):
        *lines, waiting = (waiting + unpack.decompress(piece)).split(b"\n")
        for line in lines:
            label, rows = json.loads(line)
            yield label, rows
    if waiting or not unpack.eof:
        raise VaultError


def _require_whole_trail(header: Header) -> None:
    found = verify()
    if not found.ok or found.after + found.entries != header.facts["audit_number"]:
        raise InvalidInput(
            f"holds an audit trail that is not whole, at entry {found.first_bad}", field="FILE"
        )


def wake(*, now: datetime) -> None:
    """Nobody holds a claim any more, and what Coolset says now is asked at once, but for what waits
    for a rate limit's reset.

    How often the lost instance asked since the backup is unknown. It is taken for more than a
    handful of calls up to now, so that headers do not call our own calls somebody's use.
    """
    for model in stored_models():
        names = {one.attname for one in model._meta.concrete_fields}
        if {"claim", "claimed_until"} <= names:
            models.QuerySet(model).exclude(claim=None).update(claim=None, claimed_until=None)
    checked = Secret.objects.exclude(next_check_at=None)
    checked.update(own_calls=[now.timestamp()] * UNKNOWN_CALLS)
    checked.exclude(throttled_until__gt=now).update(next_check_at=now)
