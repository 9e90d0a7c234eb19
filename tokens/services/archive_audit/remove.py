"""Remove what an archive holds, in one transaction with the entry that opens the door for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tokens.audit import Actor, Event, Subject, Trail, audited
from tokens.audit.anchors import Anchor, Kept, anchor, removal_text
from tokens.audit.standalone import digest
from tokens.audit.verification import hash_of
from tokens.audit.writing import lock_head
from tokens.errors import InvalidInput, WrongState
from tokens.keys import private_keyring
from tokens.models import AuditEvent
from tokens.policy.fields import Invalid, clean_text
from tokens.selectors.archived import still_needed
from tokens.selectors.report_policies import facts_of, standing_at
from tokens.services.archive_audit.prefix import Prefix
from tokens.services.archive_audit.write import Archive
from tokens.services.create_policy import last_number
from tokens.vault.signing import sign

REASON_LENGTH = 500
#: Entries per statement; all in one transaction.
STEP = 10_000
_ENTRIES = AuditEvent._meta.db_table
_DELETE = f"DELETE FROM {_ENTRIES} WHERE id > %s AND id <= %s"  # noqa: S608 - own names


def clean_reason(reason: str) -> str:
    """Raises InvalidInput naming `reason`."""
    try:
        return clean_text(reason, "reason", REASON_LENGTH, required=True)
    except Invalid as error:
        raise InvalidInput(error.reason, field="reason") from None


def require_removable(prefix: Prefix) -> None:
    """Raises WrongState where pages still judge by these entries, or this role may not remove."""
    if not _may_delete(connection):
        raise WrongState(
            "This role of the database may not remove audit entries, and should not: run the"
            " command as the role that migrates."
        )
    if needed := still_needed(prefix.number, prefix.last_at):
        raise WrongState("These entries are still needed. " + ". ".join(needed) + ".")


def remove_archived(
    *,
    archive: Archive,
    reason: str,
    actor: Actor,
    now: datetime,
    progress: Callable[[int], object] = lambda count: None,
) -> int:
    """How many entries went. All or none: until the transaction ends nobody extends the chain.

    The entry `audit.removed` is written first, since the guards let nothing go without it. Raises
    InvalidInput naming `reason` or `output` (the file was changed meanwhile), WrongState where
    somebody else archived meanwhile or pages still need the entries, KeyringError without a
    keyring.
    """
    reason, prefix = clean_reason(reason), archive.prefix
    with transaction.atomic():
        lock_head(connection)
        gone = anchor()
        known = (gone.number, gone.hash, hash_of(prefix.number))
        if known != (prefix.after, prefix.previous_hash, prefix.hash):
            raise WrongState(
                "The trail was archived by somebody else meanwhile. Nothing was removed."
            )
        require_removable(prefix)
        if digest(archive.path) != archive.digest:
            raise InvalidInput("was changed since it was checked", field="output")
        with audited(actor=actor, now=now) as trail:
            _say(trail, archive, gone, reason)
        removed = _delete(prefix, progress)
        if removed != prefix.count:
            raise WrongState("Not all of these entries were there. Nothing was removed.")
    return removed


def _say(trail: Trail, archive: Archive, gone: Anchor, reason: str) -> None:
    prefix, about = archive.prefix, Subject("audit", name=archive.path.name)
    said = removal_text(prefix.after, prefix.number, prefix.hash, archive.digest)
    signed = sign(private_keyring(), said)
    last = Kept(gone.after + 1, gone.number, gone.file_digest, gone.file)
    files = [*gone.files, last] if gone.number else []
    trail.add(
        Event.AUDIT_REMOVED,
        about,
        **archive.facts(),
        reason=reason,
        key_id=signed.key_id,
        public_key=signed.public_key,
        signature=signed.value,
        earlier=[each.fact() for each in files],
        last_policy=last_number(),
    )
    for policy, version in sorted(standing_at(prefix.number).items()):
        if version.entry:  # else the product's own defaults
            name = Subject("policy", policy, version.policy)
            trail.add(Event.POLICY_STATED, name, **facts_of(version), number=prefix.number)


def _delete(prefix: Prefix, progress: Callable[[int], object]) -> int:
    removed = 0
    with connection.cursor() as cursor:
        for start in range(prefix.after, prefix.number, STEP):
            cursor.execute(_DELETE, [start, min(start + STEP, prefix.number)])
            removed += cursor.rowcount
            progress(cursor.rowcount)
    return removed


def _may_delete(connection: BaseDatabaseWrapper) -> bool:
    """On PostgreSQL the role that runs the product has no such right (docs/runtime-role.sql)."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'DELETE')", [AuditEvent._meta.db_table])
        return bool(cursor.fetchone()[0])
