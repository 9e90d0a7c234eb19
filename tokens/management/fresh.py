"""The tables of a new local instance, made as they are now instead of migration by migration.

Migrations are for what is there. Where nothing is, they cost more time than all else that a new
instance does before its first page. A test holds what comes of it equal to what `migrate` makes,
tables, guards and rows (tests/management/test_fresh.py).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import module_has_submodule


def lay_out_fresh() -> bool:
    """Make every table of an empty SQLite database, all or none; whether it did.

    False where there are tables already, or by another process in this moment, and for PostgreSQL,
    which is migrated: its operator decides when and as whom.
    """
    if connection.vendor != "sqlite" or connection.introspection.table_names():
        return False
    recorder = MigrationRecorder(connection)
    with connection.schema_editor() as editor:
        if connection.introspection.table_names():  # this transaction shuts others out
            return False
        recorded = list(_migrations())
        migrated = {label for label, _ in recorded}
        for model in apps.get_models():
            if model._meta.app_label in migrated and model._meta.can_migrate(connection):
                editor.create_model(model)
        editor.create_model(recorder.Migration)
        recorder.migration_qs.bulk_create(
            recorder.Migration(app=app, name=name) for app, name in recorded
        )
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    return True


def _migrations() -> Iterator[tuple[str, str]]:
    """Every migration on disk by app and name, as Django's loader finds them; none is loaded."""
    for config in apps.get_app_configs():
        if not module_has_submodule(config.module, "migrations"):
            continue  # an application without models
        package = import_module(f"{config.name}.migrations")
        for _, name, is_package in pkgutil.iter_modules(getattr(package, "__path__", ())):
            if not is_package and name[0] not in "_~":
                yield config.label, name
