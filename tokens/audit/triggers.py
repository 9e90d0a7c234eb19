"""The database's own guard over the audit trail: entries can only be added, the head only goes up,
and what goes was archived before (tokens/services/archive_audit).

Installed after every migrate (tokens/apps.py), because SQLite's table rebuilds drop triggers, and
verified by `missing` at start-up and on /readyz/. A role that owns the tables can drop them: see
docs/operations for the role that PostgreSQL should run the product with.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import NotSupportedError

from tokens.audit import triggers_postgresql, triggers_sqlite
from tokens.audit.chain import GENESIS
from tokens.models.audit import AuditEvent, ChainHead

_DIALECTS = {"sqlite": triggers_sqlite, "postgresql": triggers_postgresql}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every missing or altered guard in place, and the head row of a trail without entries.

    A head that is missing while entries exist is left missing: that is a finding, not a default.
    """
    with transaction.atomic(using=connection.alias):
        if missing(connection):
            _execute(connection, _dialect(connection).DROP)
            _execute(connection, _dialect(connection).CREATE)
        heads: models.QuerySet[ChainHead] = models.QuerySet(ChainHead, using=connection.alias)
        if not heads.exists() and not AuditEvent.objects.using(connection.alias).exists():
            models.Model.save_base(
                ChainHead(id=1, number=0, hash=GENESIS), force_insert=True, using=connection.alias
            )


def uninstall(connection: BaseDatabaseWrapper) -> None:
    """Remove the guards. Only tests do, to flush or to tamper; no setting and no command does."""
    with transaction.atomic(using=connection.alias):
        _execute(connection, _dialect(connection).DROP)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the guards that are absent, switched off or not as we wrote them; sorted."""
    with connection.cursor() as cursor:
        return sorted(_dialect(connection).missing(cursor))


def unguarded(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of `missing` whose place no guard of an earlier version takes; sorted.

    Until `migrate` has renewed them, the guards of an earlier version are no tampering.
    """
    with connection.cursor() as cursor:
        dialect = _dialect(connection)
        return sorted(dialect.missing(cursor) - dialect.earlier(cursor))


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Receiver of post_migrate. Does nothing where a migration took the tables away."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if {AuditEvent._meta.db_table, ChainHead._meta.db_table} <= set(tables):
        install(connection)


def _dialect(connection: BaseDatabaseWrapper) -> Any:
    try:
        return _DIALECTS[connection.vendor]
    except KeyError:
        raise NotSupportedError(
            f"the audit trail has no guards for {connection.vendor}: use PostgreSQL or SQLite"
        ) from None


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
