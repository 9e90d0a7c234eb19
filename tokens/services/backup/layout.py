"""Laying out an empty database as it was when a backup was made."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tokens.errors import InvalidInput, WrongState


def lay_out(migration: str) -> Any:
    """The models as they were then, once the database stands at this migration.

    One without tables is brought there; one that stands there already is left as it is.

    Raises InvalidInput for a backup of a newer version, WrongState where the tables are of another
    time than the backup.
    """
    executor = MigrationExecutor(connection)
    loader = executor.loader
    target = ("tokens", migration)
    if target not in loader.graph.nodes:
        raise InvalidInput("was made by a newer version of this product", field="FILE")
    if not connection.introspection.table_names():
        # The command, whose signal puts the audit trail's guards in place.
        call_command("migrate", "tokens", migration, verbosity=0, interactive=False)
        executor = MigrationExecutor(connection)
    applied = {name for app, name in executor.loader.applied_migrations if app == "tokens"}
    if not applied or max(applied) != migration:
        raise WrongState(
            f"The backup is of {migration}, and this database is laid out otherwise. Restore it"
            " into a database without tables, which is laid out as it was then and brought up to"
            " date."
        )
    return executor.loader.project_state([target]).apps
