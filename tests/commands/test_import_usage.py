"""import_usage from the command line: exit codes, words and JSON."""

import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_token, token_value
from tokens.models import AuditEvent, Secret, Token, Usage

pytestmark = pytest.mark.django_db


@pytest.fixture
def value() -> str:
    return token_value()


@pytest.fixture
def token(value: str) -> Token:
    return make_token(value=value, now=timezone.now() - timedelta(days=40))


def log(folder: Path, *values: str, name: str = "gateway.csv") -> Path:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    path = folder / name
    path.write_text("\n".join(["time,token", *(f"{at},{value}" for value in values)]))
    return path


def test_json_and_cover(
    token: Token, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    whose = ("--of", token.integration.name)
    period = ("--covers", (now - timedelta(days=31)).isoformat(), now.isoformat())
    file = log(tmp_path, value, value)
    call_command("import_usage", str(file), "--source", "gateway", *period, *whose, "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {name: answer[name] for name in ("rows", "secrets", "unknown", "covered")} == {
        "rows": 2,
        "secrets": 1,
        "unknown": 0,
        "covered": 1,
    }
    assert Usage.objects.get().source == "log"
    assert Secret.objects.get().logs_cover_until is not None
    assert AuditEvent.objects.latest("id").actor_name.startswith("command line, OS user ")


def test_standard_input_in_json_lines(
    token: Token,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = json.dumps({"time": timezone.now().isoformat(), "token": value}).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(line)))
    call_command("import_usage", "-", "--format", "jsonl")
    assert "1 rows imported, 1 tokens seen in use." in capsys.readouterr().out


def test_a_refusal_names_lines_and_no_token(
    token: Token, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = token_value()
    file = log(tmp_path, value, stranger)
    with pytest.raises(SystemExit) as ended:
        call_command("import_usage", str(file), "--json")
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert "line 3: is of no token in the inventory" in printed.err
    assert json.loads(printed.out.splitlines()[-1])["rows"] == 0
    assert stranger not in printed.out + printed.err
    assert not Usage.objects.exists()
    call_command("import_usage", str(file), "--skip-unknown")
    assert "1 rows left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        ["--of", "Portal"],
        ["--covers", "yesterday", "today", "--of-all"],
        ["--covers", "", "2026-01-01", "--of-all"],
        ["--covers", "2026-01-01", "2026-01-02"],
    ],
)
def test_bad_usage(token: Token, value: str, tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("import_usage", str(log(tmp_path, value)), *options)
    assert ended.value.code == 2
    assert not Usage.objects.exists()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("import_usage", "/nowhere/at/all.jsonl")
    assert ended.value.code == 2


def test_a_dry_run_records_nothing(
    token: Token, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_usage", str(log(tmp_path, value)), "--dry-run")
    assert "1 rows would be imported, 1 tokens seen in use." in capsys.readouterr().out
    assert not Usage.objects.exists()
    assert not AuditEvent.objects.filter(kind="usage.imported").exists()
