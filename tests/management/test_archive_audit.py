"""`archive_audit`, and what `verify_audit` says of archives and of checkpoints of before."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from tests.audit.archives import CUT, LATER, REASON, lines_of, old_and_new, rows, run
from tests.audit.helpers import NOW, write
from tokens.audit.checkpoints import sign_checkpoint
from tokens.keys import private_keyring, signing_keys
from tokens.models import AuditEvent
from tokens.vault.keyring import generate_private, parse_private

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def ask(command: str, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *words, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def archive(path: Path, *words: str) -> tuple[int, str, str]:
    return ask("archive_audit", "--before", CUT.isoformat(), "--output", str(path), *words)


def gone(path: Path) -> Path:
    code, _, said = archive(path, "--remove", "--reason", REASON)
    assert (code, said) == (0, "")
    return path


def verified(*words: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = ask("verify_audit", "--json", *words)
    return code, json.loads(out.splitlines()[-1])


def kept(path: Path, number: int, *, keyring: Any = None) -> str:
    """A checkpoint that was carried away when entry `number` was the last one."""
    sealed = AuditEvent.objects.get(pk=number).hash
    made = sign_checkpoint(number, sealed, keyring=keyring or private_keyring(), now=NOW)
    path.write_text(made.text(), encoding="utf-8")
    return str(path)


def test_without_the_flag_nothing_is_removed(tmp_path: Path) -> None:
    old_and_new()
    code, out, _ = archive(tmp_path / "old.jsonl", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["first"], told["last"], told["removed"]) == (1, 5, False)
    assert rows() == list(range(1, 10))


def test_with_the_flag_they_go_and_words_say_so(tmp_path: Path) -> None:
    old_and_new()
    path = tmp_path / "old.jsonl"
    _, out, _ = archive(path, "--remove", "--reason", REASON)
    assert f"Entries 1 to 5 are in {path}, and removed here." in out
    assert rows() == [6, 7, 8, 9, 10]
    _, said, _ = ask("verify_audit")
    assert said.startswith("5 entries, all as they were written.")
    assert "Entries 1 to 5 were archived in old.jsonl and removed: entry 10." in said
    assert "not looked at" in said
    assert "not in this keyring" not in said


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--before", "soon", "--output", "x"], "before"),
        (["--before", "2099-01-01", "--output", "x"], "before"),
        (["--before", "2020-01-01", "--output", "x"], "before"),
        (["--before", CUT.isoformat(), "--output", "/nowhere/x"], "output"),
        (["--before", CUT.isoformat(), "--output", "x", "--remove"], "reason"),
        (["--before", CUT.isoformat(), "--output", "x", "--reason", "y"], "reason"),
    ],
)
def test_what_cannot_be_is_named(
    words: list[str], field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_and_new()
    monkeypatch.chdir(tmp_path)
    code, _, said = ask("archive_audit", *words)
    assert (code, said.split(":")[0]) == (2, field)
    assert list(tmp_path.iterdir()) == []


def test_archive_and_trail_are_walked_as_one_chain(tmp_path: Path) -> None:
    old_and_new()
    path = gone(tmp_path / "old.jsonl")
    code, found = verified("--archive", str(path))
    assert (code, found["ok"], found["archived"]) == (0, True, 5)
    assert found["archive"] == {"first": 1, "last": 5}


def test_an_archive_whose_entries_are_still_here_is_compared_with_them(tmp_path: Path) -> None:
    old_and_new()
    archive(tmp_path / "old.jsonl")
    assert verified("--archive", str(tmp_path / "old.jsonl"))[1]["ok"] is True


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("Token 2", "Token X"))


def _restamp(path: Path) -> None:
    """The whole archive written anew, whole in itself."""
    from tokens.audit.standalone import _script

    lines = lines_of(path)
    previous = lines[0]["previous_hash"]
    for line in lines[1:-1]:
        line["actor_name"] = "nobody"
        line["previous_hash"] = previous
        previous = line["hash"] = _script().entry_hash(line)
    lines[-1]["head"]["hash"] = previous
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _another_header(path: Path) -> None:
    path.write_text(path.read_text().replace('"exported_at": "2', '"exported_at": "3'))


def _cut(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-2]))


@pytest.mark.parametrize("tamper", [_edit, _restamp, _another_header, _cut])
def test_an_edited_archive_is_found(tamper: Any, tmp_path: Path) -> None:
    old_and_new()
    path = gone(tmp_path / "old.jsonl")
    before = path.read_text()
    tamper(path)
    assert path.read_text() != before
    code, found = verified("--archive", str(path))
    assert (code, found["ok"]) == (1, False)
    assert verified()[1]["ok"] is True  # the trail itself is whole


def test_an_archive_of_another_instance_does_not_join(
    tmp_path: Path, audit_triggers_dropped: None
) -> None:
    old_and_new()
    other = tmp_path / "other.jsonl"
    archive(other)
    run("DELETE FROM tokens_auditevent")
    run("UPDATE tokens_chainhead SET number = 0, hash = %s", "0" * 64)
    write(1)
    old_and_new(4)
    gone(tmp_path / "old.jsonl")
    code, out, _ = ask("verify_audit", "--archive", str(other))
    assert code == 1
    assert "made by another instance" in out


@pytest.mark.parametrize("text", ["", "{}", "[]\n", "\x00", '{"format": 1}\n'])
def test_what_is_no_archive_cannot_be_read(text: str, tmp_path: Path) -> None:
    old_and_new()
    gone(tmp_path / "old.jsonl")
    (tmp_path / "x").write_text(text)
    code, found = verified("--archive", str(tmp_path / "x"))
    assert (code, found["field"]) == (2, "--archive")


def test_a_checkpoint_of_an_archived_entry_needs_the_archive(tmp_path: Path) -> None:
    old_and_new()
    early, last = kept(tmp_path / "3.json", 3), kept(tmp_path / "5.json", 5)
    path = gone(tmp_path / "old.jsonl")
    code, found = verified("--against", early, "--against", last)
    assert (code, found["ok"], found["not_compared"]) == (1, True, [3])
    assert "Not compared: a checkpoint of entry 3" in ask("verify_audit", "--against", early)[1]
    assert verified("--against", last)[0] == 0  # the anchor tells the hash of the last one
    code, found = verified("--against", early, "--against", last, "--archive", str(path))
    assert (code, found["ok"], "not_compared" in found) == (0, True, False)


def test_a_checkpoint_tells_an_archived_trail_that_was_another_one(
    tmp_path: Path, audit_triggers_dropped: None
) -> None:
    old_and_new()
    early = kept(tmp_path / "3.json", 3)
    other = json.loads(Path(early).read_text())
    wrong = sign_checkpoint(3, "ab" * 32, keyring=private_keyring(), now=NOW)
    (tmp_path / "wrong.json").write_text(wrong.text())
    assert other["hash"] != wrong.hash
    path = gone(tmp_path / "old.jsonl")
    code, found = verified("--against", str(tmp_path / "wrong.json"), "--archive", str(path))
    assert (code, found["first_bad"]) == (1, 3)


def test_the_key_of_the_removal_can_be_asked_for(tmp_path: Path) -> None:
    old_and_new()
    gone(tmp_path / "old.jsonl")
    key = next(iter(signing_keys().values()))
    assert verified("--key", key)[0] == 0
    assert verified("--key", "A" * 43 + "=")[0] == 1


def test_a_key_that_is_none_of_ours_is_told_and_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of keys the old one is gone for good reason: said, not cried over."""
    from tokens.services.archive_audit import remove

    old_and_new()
    stranger = parse_private(generate_private("stranger"))
    monkeypatch.setattr(remove, "private_keyring", lambda: stranger)
    gone(tmp_path / "old.jsonl")
    code, out, _ = ask("verify_audit")
    assert code == 0
    assert "signed by stranger, a key that is not in this keyring" in out
