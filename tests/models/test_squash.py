"""The squash makes what its steps made, and who stands between two steps can still go on.

Each on databases of its own, never on the one that the suite runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from pytest_django.plugin import DjangoDbBlocker

from coolset_admin import env
from tests.journeys.dumps import fresh_database, given_database
from tests.models import tables

Fresh = Callable[[], BaseDatabaseWrapper]
SQUASH = ("tokens", "0001_squashed_0016_passkeys")
STEPS = [name for _, name in MigrationLoader(None).replacements[SQUASH].replaces]
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=DATABASES)
def fresh(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Fresh]:
    """Makes a database without tables, as often as it is called."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def make() -> BaseDatabaseWrapper:
            alias, given = f"fresh_{len(connections.databases)}", ""
            if request.param == "postgresql":
                given = stack.enter_context(fresh_database(given_database()))
            found = env.database(given, default=tmp_path / alias, role="command")
            whole = connections.configure_settings({DEFAULT_DB_ALIAS: found})
            connections.databases[alias] = whole[DEFAULT_DB_ALIAS]
            stack.callback(_forget, alias)
            return connections[alias]

        yield make


def _forget(alias: str) -> None:
    connections[alias].close()
    del connections[alias]
    del connections.databases[alias]


def stepped(connection: BaseDatabaseWrapper, last: str = STEPS[-1]) -> BaseDatabaseWrapper:
    """This database, brought to a step by the steps, as a version before the squash did."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.loader.replacements = {}  # which that version did not know, nor could record
    executor.migrate([("tokens", last)])
    return connection


def squashed(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    MigrationExecutor(connection).migrate([SQUASH])
    return connection


def test_the_squash_makes_the_tables_that_the_steps_made(fresh: Fresh) -> None:
    by_steps, by_squash = stepped(fresh()), squashed(fresh())
    expected = tables.describe(by_steps)
    assert len(expected["tables"]) > 40
    assert tables.describe(by_squash) == expected
