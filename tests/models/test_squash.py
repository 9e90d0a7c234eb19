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
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.plugin import DjangoDbBlocker

from coolset_admin import env
from tests.journeys.dumps import fresh_database, given_database
from tests.models import tables
from tokens.audit import triggers
from tokens.errors import InvalidInput, WrongState
from tokens.services.backup import layout, write

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


@pytest.mark.parametrize("step", [STEPS[8], STEPS[-1]])
def test_who_stands_at_a_step_goes_on(fresh: Fresh, step: str) -> None:
    old, new = stepped(fresh(), step), fresh()
    for connection in (old, new):
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        executor.loader.build_graph()
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert tables.describe(old) == tables.describe(new)
    assert set(MigrationRecorder(old).applied_migrations()) == set(
        MigrationRecorder(new).applied_migrations()
    )


def test_a_backup_of_before_the_squash_is_laid_out_by_the_steps(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, expected = fresh(), stepped(fresh(), STEPS[8])
    monkeypatch.setattr(layout, "connection", connection)
    then = layout.lay_out(STEPS[8])
    assert then.get_model("tokens.sighting")
    with pytest.raises(LookupError):
        then.get_model("tokens.passkey")
    assert tables.describe(connection)["tables"] == tables.describe(expected)["tables"]
    assert triggers.missing(connection) == []
    layout.lay_out(STEPS[8])  # it stands there already
    with pytest.raises(WrongState, match=f"of {STEPS[9]}, and"):
        layout.lay_out(STEPS[9])
    with pytest.raises(InvalidInput, match="newer version"):
        layout.lay_out("0999_later")


def test_a_backup_of_after_the_squash_is_one_of_the_last_step(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a version that knows the steps alone restores it, and this one those of that."""
    new = squashed(fresh())
    monkeypatch.setattr(write, "connection", new)
    assert write._migration() == STEPS[-1]
    restored = fresh()
    monkeypatch.setattr(layout, "connection", restored)
    assert layout.lay_out(STEPS[-1]).get_model("tokens.passkey")
    assert ("tokens", STEPS[-1]) in MigrationRecorder(restored).applied_migrations()
    assert tables.describe(restored)["tables"] == tables.describe(new)["tables"]
    # One that an earlier version brought there by the steps is left as it is.
    monkeypatch.setattr(layout, "connection", stepped(fresh()))
    assert layout.lay_out(STEPS[-1]).get_model("tokens.passkey")
