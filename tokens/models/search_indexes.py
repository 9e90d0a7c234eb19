"""Indexes by which PostgreSQL finds a part of a label or hint, where it has `pg_trgm`.

Made after every migrate and not by a migration: the extension may be missing, or not ours to make,
and may come later. Without it a search reads the whole table, and finds the same.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import NotSupportedError, OperationalError

log = logging.getLogger(__name__)

#: By name: the column, asked as Django asks `icontains`.
INDEXES = {"token_label_words": "label", "token_hint_words": "hint"}
_TABLE = "tokens_token"
_WHOLE = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = to_regclass(%s) AND i.indisvalid AND c.relname = ANY(%s)
"""


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Receiver of post_migrate. Does nothing where a migration took the table away."""
    connection = connections[using]
    if connection.vendor == "postgresql" and _TABLE in connection.introspection.table_names():
        install(connection)


def install(connection: BaseDatabaseWrapper) -> bool:
    """Make what is missing, without keeping anybody from writing; False: it cannot be had."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, [_TABLE, list(INDEXES)])
        missing = set(INDEXES) - {name for (name,) in cursor.fetchall()}
    if not missing:
        return True
    try:
        _add_extension(connection)
        for name in sorted(missing):
            _make(connection, name)
    except (ProgrammingError, NotSupportedError, OperationalError) as refusal:
        # Not there, or not for this role to make: a database is in order without it.
        log.warning("Searches read every token: %s", str(refusal).splitlines()[0])
        return False
    return True


def _add_extension(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def _make(connection: BaseDatabaseWrapper, name: str) -> None:
    # Within a transaction, as in tests, an index cannot be made beside the writers.
    beside = "CONCURRENTLY" if not connection.in_atomic_block else ""
    with connection.cursor() as cursor:
        # One that was interrupted stands there, and serves nobody.
        cursor.execute(f"DROP INDEX {beside} IF EXISTS {name}")
        cursor.execute(
            f"CREATE INDEX {beside} {name} ON {_TABLE}"
            f" USING gin (upper({INDEXES[name]}::text) gin_trgm_ops)"
        )
