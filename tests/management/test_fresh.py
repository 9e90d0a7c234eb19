"""A new local instance is laid out in one step, and is what `migrate` would have made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.plugin import DjangoDbBlocker

from coolset_admin import env
from tests.models import tables
from tokens.audit import triggers
from tokens.management import fresh

#: The moment that a row was made, and numbers in the order in which rows were.
_DIFFER = {"applied", "id", "content_type_id"}


@pytest.fixture
def empty(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Makes an empty SQLite database and takes it for the one of the product."""
    made: list[str] = []

    def make() -> BaseDatabaseWrapper:
        alias = f"empty_{len(made)}"
        found = env.database("", default=tmp_path / alias, role="command")
        whole = connections.configure_settings({DEFAULT_DB_ALIAS: found})
        connections.databases[alias] = whole[DEFAULT_DB_ALIAS]
        made.append(alias)
        monkeypatch.setattr(fresh, "connection", connections[alias])
        return connections[alias]

    with django_db_blocker.unblock():
        yield make
        for alias in made:
            connections[alias].close()
            del connections[alias]
            del connections.databases[alias]


def rows(connection: BaseDatabaseWrapper) -> dict[str, Any]:
    """Every row of every table, without what differs from one making to the next."""
    found = {}
    for name in sorted(connection.introspection.table_names()):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            columns = [column[0] for column in cursor.description]
            pairs = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        found[name] = sorted(
            [{key: cell for key, cell in pair.items() if key not in _DIFFER} for pair in pairs],
            key=lambda pair: repr(sorted(pair.items())),
        )
    return found


def test_it_is_what_migrate_makes(empty: Callable[[], BaseDatabaseWrapper]) -> None:
    migrated = empty()
    call_command("migrate", database=migrated.alias, verbosity=0, interactive=False)
    new = empty()
    assert fresh.lay_out_fresh()
    assert tables.describe(new, named="%") == tables.describe(migrated, named="%")
    assert rows(new) == rows(migrated)
    assert triggers.missing(new) == []
    assert len(rows(new)["django_migrations"]) > len(list(apps.get_app_configs()))


def test_what_holds_a_table_is_left_alone(empty: Callable[[], BaseDatabaseWrapper]) -> None:
    connection = empty()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE other (id integer)")
    assert not fresh.lay_out_fresh()
    assert connection.introspection.table_names() == ["other"]


def test_all_of_it_or_nothing(
    empty: Callable[[], BaseDatabaseWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = empty()

    def broken(_: object) -> Any:
        assert len(connection.introspection.table_names()) > 40
        raise OSError("the disk is full")

    monkeypatch.setattr(MigrationRecorder, "migration_qs", property(broken))
    with pytest.raises(OSError, match="disk is full"):
        fresh.lay_out_fresh()
    assert connection.introspection.table_names() == []
