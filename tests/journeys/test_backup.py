"""A whole instance is lost, and comes back from one file: on SQLite, PostgreSQL, and across."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories import token_value
from tests.journeys.dumps import fresh_database
from tests.journeys.instance import Instance, describe

pytestmark = pytest.mark.enable_socket
TOKENS = 40
HEADER = "company,integration,environment,scope,owner_email,issued_at,token\n"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance with tokens in every state, and a backup of it beside."""
    folder = tmp_path_factory.mktemp("seeded") / "a"
    folder.mkdir()
    instance = describe(folder)
    assert instance.ask("seed_demo", "--tokens", str(TOKENS))[0] == 0
    backed_up(instance)
    return folder


@pytest.fixture
def source(seeded: Path, tmp_path: Path) -> Instance:
    """A copy of it for this test alone."""
    shutil.copytree(seeded, tmp_path / "a")
    shutil.copy(seeded.parent / "x.backup", tmp_path / "x.backup")
    return describe(tmp_path / "a")


@pytest.fixture
def path(source: Instance) -> Path:
    """Its backup, made before the test began."""
    return source.folder.parent / "x.backup"


def another(source: Instance, name: str, *, keys: bool = True, **more: str) -> Instance:
    """An empty instance, with the keys of the first where somebody kept them."""
    folder = source.folder.parent / name
    folder.mkdir()
    if keys:
        shutil.copytree(source.folder / "keys", folder / "keys")
    return describe(folder, **more)


def backed_up(source: Instance, name: str = "x.backup") -> Path:
    path = source.folder.parent / name
    source.run("backup", "--output", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def inventory(instance: Instance, *, at: str) -> list[dict[str, Any]]:
    path = instance.folder.parent / f"{at}.json"
    instance.run("export_inventory", "--format", "json", "--output", str(path))
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def test_everything_comes_back_and_it_says_what_it_cannot_know(
    source: Instance, path: Path
) -> None:
    new = another(source, "b")
    code, _, said = new.ask("restore", str(path))
    assert code == 0
    assert "ATTENTION: what happened after" in said
    assert "Revocations recorded since then count as never recorded" in said
    assert "Values that were destroyed since then are back" in said
    assert "keys and calendar links that were revoked, work again" in said
    before = inventory(source, at="a")
    assert inventory(new, at="b") == before
    assert new.run("verify_audit")["ok"]
    # The keys fit: nothing is left that they do not open.
    assert new.run("rotate_keys")["remaining"] == 0
    # What holds something is left alone.
    code, _, said = new.ask("restore", str(path))
    assert code == 2
    assert "not empty" in said
    assert inventory(new, at="again") == before


def test_revocations_of_afterwards_are_replayed_from_an_exported_trail(
    source: Instance, path: Path
) -> None:
    active = [row for row in inventory(source, at="a") if row["state"] == "active"][:2]
    for row in active:
        words = ("--reason", "rotated", "--by", "ada@acme.example")
        source.run("record_revocation", row["id"], *words)
    sheet = source.folder.parent / "new.csv"
    later = f"Later GmbH,Late,production,read,ada@acme.example,2026-01-01,{token_value()}\n"
    sheet.write_text(HEADER + later, encoding="utf-8")
    source.run("import_tokens", str(sheet))
    trail = source.folder.parent / "audit.jsonl"
    source.run("export_audit", "--output", str(trail))

    done = another(source, "b").run("restore", str(path), "--audit", str(trail))
    assert done["revocations_replayed"] == 2
    assert len(done["lost"]) == 1
    assert "Late · Later GmbH" in done["lost"][0]
    new = describe(source.folder.parent / "b")
    states = {row["id"]: row["state"] for row in inventory(new, at="b")}
    assert {states[row["id"]] for row in active} == {"revoked"}


def test_a_trail_of_another_instance_is_refused(
    source: Instance, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = describe(tmp_path / "other")
    sheet = tmp_path / "other.csv"
    row = f"Other,Other,production,read,ada@acme.example,2026-01-01,{token_value()}\n"
    sheet.write_text(HEADER + row, encoding="utf-8")
    other.run("import_tokens", str(sheet))
    trail = tmp_path / "audit.jsonl"
    other.run("export_audit", "--output", str(trail))
    code, _, said = another(source, "b").ask("restore", str(path), "--audit", str(trail))
    assert code == 2
    assert "does not go on where the backup ends" in said


def test_missing_keys_are_told_before_anything_is_lost(source: Instance, path: Path) -> None:
    new = another(source, "b", keys=False)
    found = new.run("restore", str(path), "--check", expect=1)
    assert not found["ok"]
    assert found["missing"] == found["key_ids"] == [found["file_key"]]
    assert not found["same_fingerprints"]
    code, _, said = new.ask("restore", str(path))
    assert code == 1
    assert "which is not here" in said
    shutil.rmtree(new.folder / "keys")
    shutil.copytree(source.folder / "keys", new.folder / "keys")
    assert new.run("restore", str(path), "--check")["ok"]
    new.run("restore", str(path))  # nothing was in the way


def test_what_is_damaged_is_refused(source: Instance, path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    code, _, said = another(source, "b").ask("restore", str(path))
    assert code == 2
    assert "FILE: is damaged or cut off" in said


def test_no_value_stands_in_it(source: Instance) -> None:
    value = token_value()
    sheet = source.folder.parent / "new.csv"
    row = f"Acme,Search,production,read,ada@acme.example,2026-01-01,{value}\n"
    sheet.write_text(HEADER + row, encoding="utf-8")
    source.run("import_tokens", str(sheet))
    data = backed_up(source).read_bytes()
    assert value.encode() not in data
    assert b"ada@acme.example" not in data


@pytest.fixture
def postgresql() -> Iterator[str]:
    with fresh_database(os.environ["TEST_DATABASE_URL"]) as url:
        yield url


@pytest.mark.postgresql
def test_from_sqlite_to_postgresql_and_back(source: Instance, path: Path, postgresql: str) -> None:
    on_postgresql = another(source, "b", DATABASE_URL=postgresql)
    on_postgresql.run("restore", str(path))
    assert on_postgresql.run("verify_audit")["ok"]
    back = another(source, "c")
    back.run("restore", str(backed_up(on_postgresql, "y.backup")))
    assert inventory(back, at="c") == inventory(source, at="a")
    assert back.run("verify_audit")["ok"]


OLD_ENTRIES = """
from datetime import timedelta
from django.utils import timezone
from tokens.audit import Event, Subject, audited, system
for days in (500, 490, 480, 1):
    with audited(actor=system("check"), now=timezone.now() - timedelta(days=days)) as trail:
        trail.add(Event.EXPORT_DONE, Subject("inventory"), rows=days)
"""


def archived(instance: Instance) -> Path:
    """Three entries of long ago are archived and removed."""
    instance.run("verify_audit")  # lays the database out
    assert instance.ask("shell", "-c", OLD_ENTRIES)[0] == 0
    path = instance.folder.parent / "old.jsonl"
    before = (datetime.now(UTC) - timedelta(days=450)).date().isoformat()
    done = instance.run(
        "archive_audit", "--before", before, "--output", str(path), "--remove", "--reason", "a year"
    )
    assert (done["first"], done["last"]) == (1, 3)
    return path


def test_a_restored_trail_goes_on_from_its_archive(tmp_path: Path) -> None:
    source = describe(tmp_path / "a")
    path = archived(source)
    new = another(source, "b")
    new.run("restore", str(backed_up(source)))
    found = new.run("verify_audit", "--archive", str(path))
    assert (found["ok"], found["archived"]) == (True, 3)
    # A later export of a trail that was archived meanwhile is taken by a restore, too.
    backup = backed_up(source, "later.backup")
    source.run("export_audit", "--output", str(tmp_path / "later.jsonl"))
    third = another(source, "c")
    third.run("restore", str(backup), "--audit", str(tmp_path / "later.jsonl"))
    assert third.run("verify_audit")["archived"] == 3


@pytest.mark.postgresql
def test_an_archived_trail_moves_to_postgresql_and_back(tmp_path: Path, postgresql: str) -> None:
    source = describe(tmp_path / "a")
    path = archived(source)
    on_postgresql = another(source, "b", DATABASE_URL=postgresql)
    on_postgresql.run("restore", str(backed_up(source)))
    assert on_postgresql.run("verify_audit", "--archive", str(path))["archived"] == 3
    back = another(source, "c")
    back.run("restore", str(backed_up(on_postgresql, "y.backup")))
    assert back.run("verify_audit", "--archive", str(path))["ok"]
