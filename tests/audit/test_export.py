"""The exported trail, checked by a stranger's script that knows nothing of this product."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.audit.archives import old_and_new, removed
from tests.audit.helpers import ACTOR, NOW, write
from tokens.audit.checkpoints import make_checkpoint
from tokens.audit.exporting import export_entries
from tokens.errors import InvalidInput
from tokens.keys import private_keyring, signing_keys
from tokens.services.export_audit import export_audit

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "scripts" / "check_audit_export.py"
Lines = list[dict[str, Any]]


def checker() -> Any:
    spec = importlib.util.spec_from_file_location("check_audit_export", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(path: Path, lines: Lines) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def exported(after: int = 0) -> Lines:
    return list(export_entries(after=after, now=NOW))


def test_it_runs_alone(tmp_path: Path) -> None:
    """In a process of its own, isolated from this project."""
    write(5)
    made = make_checkpoint(keyring=private_keyring(), now=NOW)
    assert made is not None
    point = tmp_path / "point.json"
    point.write_text(made.text(), encoding="utf-8")
    key = next(iter(signing_keys().values()))
    command = [sys.executable, "-I", str(SCRIPT), written(tmp_path / "a.jsonl", exported())]
    found = subprocess.run(
        [*command, "--checkpoint", str(point), "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.startswith("Entries 1 to 5, all as they were written; the last hash is ")
    assert "agree with 1 checkpoint" in found.stdout
    assert found.returncode == 0


def test_a_part_of_it_goes_on_where_another_ended(tmp_path: Path) -> None:
    write(7)
    lines = exported(after=3)
    assert lines[0]["previous_hash"] == exported()[3]["hash"]
    words = checker().check([written(tmp_path / "a.jsonl", lines)], [], None)
    assert words.startswith("Entries 4 to 7,")


def _edit(lines: Lines) -> None:
    lines[3]["actor_name"] = "somebody else"


def _delete(lines: Lines) -> None:
    del lines[3]


def _swap(lines: Lines) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def _renumber(lines: Lines) -> None:
    del lines[3]
    for number, line in enumerate(lines[1:-1], start=1):
        line["id"] = number


def _cut_off(lines: Lines) -> None:
    del lines[4:-1]


def _no_end(lines: Lines) -> None:
    del lines[-1]


def _more(lines: Lines) -> None:
    lines.append(dict(lines[1]))


@pytest.mark.parametrize("tamper", [_edit, _delete, _swap, _renumber, _cut_off, _no_end, _more])
def test_tampering_with_the_file_is_found(tamper: Callable[[Lines], None], tmp_path: Path) -> None:
    write(6)
    lines = exported()
    tamper(lines)
    script = checker()
    with pytest.raises(script.Broken):
        script.check([written(tmp_path / "a.jsonl", lines)], [], None)


def restamped(script: Any, lines: Lines) -> None:
    """Change an entry and work out the whole chain anew, as somebody with the code can."""
    lines[2]["actor_name"] = "somebody else"
    previous = lines[0]["previous_hash"]
    for line in lines[1:-1]:
        line["previous_hash"] = previous
        previous = line["hash"] = script.entry_hash(line)
    lines[-1]["head"]["hash"] = previous


def test_a_chain_that_was_written_anew_is_found_by_a_checkpoint_alone(tmp_path: Path) -> None:
    write(4)
    made = make_checkpoint(keyring=private_keyring(), now=NOW)
    assert made is not None
    point = tmp_path / "point.json"
    point.write_text(made.text(), encoding="utf-8")
    write(2)
    lines, script = exported(), checker()
    restamped(script, lines)
    path = written(tmp_path / "a.jsonl", lines)
    script.check([path], [], None)
    with pytest.raises(script.Broken, match="entry 4 is missing or not the one"):
        script.check([path], [str(point)], None)


def test_an_end_cut_off_with_its_head_is_found_by_a_checkpoint(tmp_path: Path) -> None:
    write(6)
    made = make_checkpoint(keyring=private_keyring(), now=NOW)
    assert made is not None
    point = tmp_path / "point.json"
    point.write_text(made.text(), encoding="utf-8")
    lines, script = exported(), checker()
    lines[-1]["head"] = {"number": 3, "hash": lines[3]["hash"]}
    del lines[4:-1]
    path = written(tmp_path / "a.jsonl", lines)
    script.check([path], [], None)
    with pytest.raises(script.Broken, match="entry 6 is missing"):
        script.check([path], [str(point)], None)


def test_a_checkpoint_of_somebody_else_is_none(tmp_path: Path) -> None:
    write(3)
    made = make_checkpoint(keyring=private_keyring(), now=NOW)
    assert made is not None
    point = tmp_path / "point.json"
    script, path = checker(), written(tmp_path / "a.jsonl", exported())
    point.write_text(made.text().replace('"number": 3', '"number": 2'), encoding="utf-8")
    with pytest.raises(script.Broken, match="signature"):
        script.check([path], [str(point)], None)
    point.write_text(made.text(), encoding="utf-8")
    with pytest.raises(script.Broken, match="not signed by the key"):
        script.check([path], [str(point)], "A" * 43 + "=")


def test_the_export_tells_of_itself_and_its_service_refuses_what_is_not_there() -> None:
    write(2)
    lines = [json.loads(line) for line in export_audit(actor=ACTOR, now=NOW)]
    assert lines[-2]["kind"] == "audit.exported"
    assert lines[-1]["entries"] == 3
    with pytest.raises(InvalidInput):
        export_audit(after=9, actor=ACTOR, now=NOW)
    assert len(exported()) == 5  # nothing was recorded of what was refused


def test_the_command_writes_what_the_script_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(3)
    path = tmp_path / "audit.jsonl"
    call_command("export_audit", "--output", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["entries"] == 4
    assert path.stat().st_mode & 0o777 == 0o600
    assert checker().check([str(path)], [], None).startswith("Entries 1 to 4,")


def test_an_archive_and_a_later_export_are_one_chain(tmp_path: Path) -> None:
    """As an auditor has them: the archive, its checkpoint, and what was exported afterwards."""
    old_and_new()
    made = removed(tmp_path)
    later = written(tmp_path / "later.jsonl", exported())
    key = next(iter(signing_keys().values()))
    command = [sys.executable, "-I", str(SCRIPT), str(made.path), later]
    found = subprocess.run(
        [*command, "--checkpoint", str(made.checkpoint), "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0
    assert found.stdout.startswith("Entries 1 to 10, all as they were written;")
    assert "2 files that join. They agree with 1 checkpoint" in found.stdout


def test_files_that_do_not_join_are_told(tmp_path: Path) -> None:
    old_and_new()
    made, whole = str(removed(tmp_path).path), exported()
    later = written(tmp_path / "later.jsonl", whole)
    script = checker()
    for files in ([later, made], [made, made], [later, later]):
        with pytest.raises(script.Broken, match="does not go on after entry"):
            script.check(files, [], None)
    whole[0]["previous_hash"] = "0" * 64  # of another instance
    with pytest.raises(script.Broken, match="does not go on after entry 5"):
        script.check([made, written(tmp_path / "x.jsonl", whole)], [], None)
    with pytest.raises(script.Unreadable, match="give the archive"):
        script.check([later], [str(tmp_path / "old.jsonl.checkpoint.json")], None)
