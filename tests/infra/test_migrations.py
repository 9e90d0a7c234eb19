"""The check of migrations finds what an old process beside a new one could not live with."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import Index, Q

from scripts import check_migrations


def faults(*operations: Any) -> list[tuple[str, str]]:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations)})
    migration = made("0099_x", "tokens")
    loader = MigrationLoader(None)
    before = loader.project_state(loader.graph.leaf_nodes("tokens"))
    return list(check_migrations.faults(migration, before))


AddField, AlterField = migrations.AddField, migrations.AlterField
Char = models.CharField


@pytest.mark.parametrize(
    ("operation", "word"),
    [
        (AddField("company", "x", models.IntegerField(default=0)), "db_default"),
        (AddField("company", "x", models.ForeignKey("tokens.Person", models.CASCADE)), "db_def"),
        (migrations.RemoveField("company", "workspace_id"), "removes"),
        (migrations.DeleteModel("Snooze"), "removes"),
        (migrations.RenameField("company", "name", "title"), "renames"),
        (migrations.RenameModel("Company", "Firm"), "renames"),
        (migrations.AlterModelTable("company", "firm"), "renames"),
        (AlterField("company", "workspace_id", models.BigIntegerField(default=0)), "demands"),
        (AlterField("company", "name", Char(max_length=5)), "shortens"),
        (AlterField("company", "name", models.TextField(max_length=900)), "kind"),
        (migrations.AddIndex("token", Index(fields=["label"], name="i")), "big table"),
        (migrations.AddConstraint(
            "secret", models.CheckConstraint(condition=Q(health__gt=""), name="c")), "big table"),
        (migrations.RunSQL("SELECT 1"), "SQL"),
    ],
)  # fmt: skip
def test_what_breaks_or_stops_an_old_process_is_found(operation: Any, word: str) -> None:
    [(fault, where)] = faults(operation)
    assert word in fault
    assert where or word == "SQL"


@pytest.mark.parametrize(
    "operation",
    [
        AddField("company", "x", models.IntegerField(null=True)),
        AddField("company", "x", models.IntegerField(default=0, db_default=0)),
        AlterField("company", "name", Char(max_length=900)),
        migrations.AddIndex("company", Index(fields=["created_at"], name="i")),
        migrations.RunPython(migrations.RunPython.noop),
    ],
)
def test_what_only_adds_is_fine(operation: Any) -> None:
    assert faults(operation) == []


def test_a_table_made_in_the_same_step_is_nobodys_yet() -> None:
    made = migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))])
    assert faults(made, AddField("fresh", "x", models.IntegerField(default=0))) == []


def test_our_migrations_keep_to_it_and_no_exception_is_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_migrations.main() == 0
    monkeypatch.setitem(check_migrations.EXCEPTIONS, ("0099_x", "renames", "company"), "because")
    assert check_migrations.main() == 1
    assert "is of nothing" in capsys.readouterr().err


def test_a_fault_of_ours_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_migrations, "faults", lambda *_: [("renames", "company.name")])
    assert check_migrations.main() == 1
    assert "0017_tallies: company.name: renames" in capsys.readouterr().err
