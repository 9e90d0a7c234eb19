"""Extending the chain: lock the head, put all entries in, move the head on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tokens.audit.chain import COLUMNS, Entry, entry_hash, moment
from tokens.models.audit import AuditEvent, ChainHead

_INSERT = "INSERT INTO {table} ({columns}) VALUES ({marks})".format(  # noqa: S608 - own names
    table=AuditEvent._meta.db_table,
    columns=", ".join(COLUMNS),
    marks=", ".join(["%s"] * len(COLUMNS)),
)


class AuditUnavailable(Exception):
    """The chain cannot be extended: its head is missing or moved under our lock."""


class Draft(NamedTuple):
    """An entry before it has its place in the chain."""

    at: datetime
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


def lock_head(connection: BaseDatabaseWrapper) -> ChainHead:
    """The head, held until the transaction ends, so that nobody else extends the chain.

    PostgreSQL locks its row; on SQLite the transaction that wrote holds the only lock there is.
    Raises AuditUnavailable.
    """
    heads: models.QuerySet[ChainHead] = models.QuerySet(ChainHead, using=connection.alias)
    lockable = connection.features.has_select_for_update
    head = (heads.select_for_update() if lockable else heads).filter(id=1).first()
    if head is None:
        raise AuditUnavailable("the head of the audit chain is missing: run verify_audit")
    return head


def extend(connection: BaseDatabaseWrapper, drafts: Sequence[Draft]) -> None:
    """Write the drafts as the chain's next entries; must run inside a transaction.

    The head is moved only from where it was read, so a lost lock is an error, never a fork.
    Raises AuditUnavailable.
    """
    heads: models.QuerySet[ChainHead] = models.QuerySet(ChainHead, using=connection.alias)
    head = lock_head(connection)
    rows, last = _chained(connection, drafts, head.number, head.hash)
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
    moved = heads.filter(id=1, number=head.number, hash=head.hash).update(
        number=head.number + len(rows), hash=last
    )
    if moved != 1:
        raise AuditUnavailable("the head of the audit chain moved while entries were written")


def _chained(
    connection: BaseDatabaseWrapper, drafts: Sequence[Draft], after: int, last: str
) -> tuple[list[tuple[Any, ...]], str]:
    """The rows to insert, in the columns' order, and the hash of the last one."""
    stored = connection.ops.adapt_datetimefield_value
    rows: list[tuple[Any, ...]] = []
    for number, draft in enumerate(drafts, start=after + 1):
        previous = last
        last = entry_hash(Entry(number, moment(draft.at), *draft[1:], previous))
        rows.append((number, stored(draft.at), *draft[1:], previous, last))
    return rows, last
