"""Laying out an empty database as it was when a backup was made."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tokens.audit import triggers
from tokens.errors import InvalidInput, WrongState


def lay_out(migration: str) -> Any:
    """The models as they were then, once the database stands at this migration.

    One without tables is brought there; one that stands there already is left as it is.

    Raises InvalidInput for a backup of a newer version, WrongState where the tables are of another
    time than the backup.
    """
    target, loader = _find(migration)
    if not connection.introspection.table_names():
        executor = MigrationExecutor(connection)
        executor.loader = loader
        executor.migrate([target])
        triggers.install_after_migrate(using=connection.alias)
    applied = MigrationRecorder(connection).applied_migrations()
    names = {name for app, name in applied if app == "tokens"}
    if not names or max(names) != migration:
        raise WrongState(
            f"The backup is of {migration}, and this database is laid out otherwise. Restore it"
            " into a database without tables, which is laid out as it was then and brought up to"
            " date."
        )
    return loader.project_state([target]).apps


def _find(migration: str) -> tuple[tuple[str, str], MigrationLoader]:
    """What leads to the point in time that the name stands for, and a graph that knows it.

    A squash stands for the last of the steps that it replaces. The graph hides the others; a
    backup from between two of them needs them as they were.
    """
    loader = MigrationLoader(connection)
    ends = {squash.replaces[-1]: key for key, squash in loader.replacements.items()}
    target = ends.get(("tokens", migration), ("tokens", migration))
    if target not in loader.graph.nodes:
        loader = MigrationLoader(connection, replace_migrations=False)
    if target not in loader.graph.nodes:
        raise InvalidInput("was made by a newer version of this product", field="FILE")
    return target, loader
