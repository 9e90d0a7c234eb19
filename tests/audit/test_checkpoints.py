"""Checkpoints: signed heads that were carried away, and what they find when they come back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from tests.audit.helpers import NOW, write
from tokens.audit.chain import COLUMNS, GENESIS, Entry, entry_hash
from tokens.audit.checkpoints import make_checkpoint, read_checkpoint
from tokens.audit.exporting import export_entries
from tokens.errors import InvalidInput
from tokens.keys import private_keyring, signing_keys
from tokens.services.keep_checkpoint import keep_checkpoint
from tokens.vault.keyring import generate_private, parse_private

pytestmark = pytest.mark.django_db
Captured = pytest.CaptureFixture[str]


def kept(path: Path) -> str:
    made = make_checkpoint(keyring=private_keyring(), now=NOW)
    assert made is not None
    path.write_text(made.text(), encoding="utf-8")
    return str(path)


def verified(capsys: Captured, *words: str) -> dict[str, Any]:
    try:
        call_command("verify_audit", "--json", *words)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return {**found, "exit": code}


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rewrite_everything() -> None:
    """What somebody with the code and the database can do: another chain, whole in itself."""
    lines = list(export_entries(now=NOW))[1:-1]
    previous = GENESIS
    for line in lines:
        line["actor_name"] = "nobody"
        line["previous_hash"] = previous
        columns = [line[name] for name in COLUMNS[:-1]]
        previous = entry_hash(Entry(*columns))
        run(
            "UPDATE tokens_auditevent SET actor_name = %s, previous_hash = %s, hash = %s"
            " WHERE id = %s",
            "nobody",
            line["previous_hash"],
            previous,
            line["id"],
        )
    run("UPDATE tokens_chainhead SET hash = %s", previous)


def test_a_trail_that_went_on_agrees(tmp_path: Path, capsys: Captured) -> None:
    write(3)
    path = kept(tmp_path / "a.json")
    write(2)
    found = verified(capsys, "--against", path)
    assert found == {"entries": 5, "ok": True, "first_bad": None, "checkpoints": 1, "exit": 0}


def test_a_chain_written_anew_is_found_by_the_checkpoint_alone(
    tmp_path: Path, capsys: Captured, audit_triggers_dropped: None
) -> None:
    write(4)
    path = kept(tmp_path / "a.json")
    rewrite_everything()
    assert verified(capsys)["ok"] is True
    found = verified(capsys, "--against", path)
    assert (found["ok"], found["first_bad"], found["exit"]) == (False, 4, 1)


def test_an_end_cut_off_together_with_the_head_is_found(
    tmp_path: Path, capsys: Captured, audit_triggers_dropped: None
) -> None:
    write(5)
    path = kept(tmp_path / "a.json")
    last = list(export_entries(now=NOW))[3]
    run("DELETE FROM tokens_auditevent WHERE id > 3")
    run("UPDATE tokens_chainhead SET number = 3, hash = %s", last["hash"])
    assert verified(capsys)["ok"] is True
    found = verified(capsys, "--against", path)
    assert (found["ok"], found["first_bad"]) == (False, 5)


@pytest.mark.parametrize("change", ["number", "hash", "at", "signature", "public_key"])
def test_a_changed_checkpoint_is_refused(change: str, tmp_path: Path) -> None:
    write(3)
    given = json.loads(Path(kept(tmp_path / "a.json")).read_text(encoding="utf-8"))
    text = given[change]
    given[change] = 2 if change == "number" else ("b" if text[0] == "a" else "a") + text[1:]
    with pytest.raises(InvalidInput, match="signature does not fit"):
        read_checkpoint(json.dumps(given))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x"}', "x" * 20_000])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no checkpoint"):
        read_checkpoint(text)


def test_a_stranger_may_not_sign_for_us(tmp_path: Path, capsys: Captured) -> None:
    """Whoever rewrote the chain can sign it too, with a key of their own."""
    write(3)
    made = make_checkpoint(keyring=parse_private(generate_private("ours")), now=NOW)
    assert made is not None
    path = tmp_path / "a.json"
    path.write_text(made.text(), encoding="utf-8")
    found = verified(capsys, "--against", str(path))
    assert found["exit"] == 2
    assert "none of ours" in found["error"]
    assert verified(capsys, "--against", str(path), "--key", made.public_key)["ok"] is True


def test_without_a_keyring_the_key_has_to_be_named(
    tmp_path: Path, capsys: Captured, settings: Settings
) -> None:
    write(3)
    path, key = kept(tmp_path / "a.json"), next(iter(signing_keys().values()))
    settings.VAULT_MAY_OPEN = False
    assert "--key" in verified(capsys, "--against", path)["error"]
    assert verified(capsys, "--against", path, "--key", key)["ok"] is True


def test_the_keys_are_printed_for_an_auditor(capsys: Captured) -> None:
    call_command("verify_audit", "--keys", "--json")
    assert json.loads(capsys.readouterr().out)["keys"] == signing_keys()


def test_the_worker_keeps_one_a_day(tmp_path: Path, settings: Settings) -> None:
    settings.CHECKPOINT_DIR = str(tmp_path / "kept")
    assert keep_checkpoint(now=NOW) is None  # nothing to sign
    write(2)
    first = keep_checkpoint(now=NOW)
    assert first is not None
    assert read_checkpoint(first.read_text(encoding="utf-8")).number == 2
    write(1)
    assert keep_checkpoint(now=NOW + timedelta(hours=1)) is None
    second = keep_checkpoint(now=NOW + timedelta(days=1))
    assert second is not None
    assert sorted(each.name for each in second.parent.iterdir()) == [first.name, second.name]


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("")
    settings.CHECKPOINT_DIR = str(tmp_path / "file")
    write(1)
    assert keep_checkpoint(now=NOW) is None
    settings.CHECKPOINT_DIR = str(tmp_path / "kept")
    assert keep_checkpoint(now=NOW) is not None


def test_web_processes_sign_nothing(tmp_path: Path, settings: Settings) -> None:
    settings.CHECKPOINT_DIR, settings.VAULT_MAY_OPEN = str(tmp_path), False
    write(1)
    assert keep_checkpoint(now=NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_one(tmp_path: Path, capsys: Captured) -> None:
    write(2)
    path = tmp_path / "a.json"
    call_command("checkpoint", "--output", str(path))
    assert read_checkpoint(path.read_text(encoding="utf-8")).number == 2
    capsys.readouterr()
    call_command("checkpoint")
    assert read_checkpoint(capsys.readouterr().out).number == 2
