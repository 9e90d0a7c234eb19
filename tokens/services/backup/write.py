"""Writing a backup: one moment of the whole database, sealed while it is read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from tokens import keys
from tokens.audit import Actor, Event, Subject, audited, head
from tokens.services.backup.needs import FORMAT
from tokens.services.backup.rows import batches, columns, stored_models, to_json
from tokens.services.key_records import fingerprint_check
from tokens.vault.container import Sealer


@dataclass(frozen=True, slots=True)
class BackedUp:
    """`rows` of all tables; `audit_number`: the last entry of the audit trail that is in it."""

    rows: int
    audit_number: int


def back_up(
    *,
    out: IO[bytes],
    actor: Actor,
    now: datetime,
    progress: Callable[[int], object] = lambda count: None,
) -> BackedUp:
    """Write everything as it is at one moment; writers go on meanwhile.

    Needs the public key alone. Memory stays flat. Recorded in the audit trail when it is whole.
    """
    with _one_moment():
        facts = _facts(now)
        sealer, pack = Sealer(out, keys.public_key(), facts), zlib.compressobj()
        for model in stored_models():
            for rows in batches(model):
                line = [model._meta.label_lower, [[to_json(one) for one in row] for row in rows]]
                text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
                sealer.write(pack.compress(text))
                progress(len(rows))
        sealer.write(pack.flush())
        sealer.close()
    count = sum(facts["rows"].values())
    with audited(actor=actor, now=now) as trail:
        trail.add(Event.BACKUP_DONE, Subject("backup"), rows=count, entries=facts["audit_number"])
    return BackedUp(count, facts["audit_number"])


def count_rows() -> int:
    """How many rows there are to write, for a progress bar."""
    return sum(models.QuerySet(model).count() for model in stored_models())


def _facts(now: datetime) -> dict[str, Any]:
    number, sealed = head() or (0, "")
    stored = stored_models()
    return {
        "format": FORMAT,
        "created_at": now.isoformat(),
        "migration": _migration(),
        "columns": {model._meta.label_lower: columns(model) for model in stored},
        "rows": {model._meta.label_lower: models.QuerySet(model).count() for model in stored},
        "key_ids": sorted(_key_ids(stored)),
        "fingerprint_check": fingerprint_check(),
        "audit_number": number,
        "audit_hash": sealed,
    }


def _migration() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return max(name for app, name in applied if app == "tokens")


def _key_ids(stored: list[type[models.Model]]) -> set[str]:
    """The keys that something in the database is sealed to."""
    found: set[str] = set()
    for model in stored:
        if {"key_id", "sealed"} <= set(columns(model)):
            held: Any = models.QuerySet(model).filter(sealed__isnull=False).order_by()
            found.update(held.values_list("key_id", flat=True).distinct())
    return found - {""}


@contextmanager
def _one_moment() -> Iterator[None]:
    """Reads see one moment, and hold nobody up: a snapshot of PostgreSQL, or SQLite's WAL."""
    if connection.in_atomic_block:  # a test's own transaction
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Not `atomic`: ours begin IMMEDIATE and would keep writers out.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
