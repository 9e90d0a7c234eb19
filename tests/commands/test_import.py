"""import_tokens from the command line: exit codes, words and JSON."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from tests.factories import token_value
from tokens.models import AuditEvent, Token

pytestmark = pytest.mark.django_db

HEADER = "company,integration,environment,scope,owner_email,issued_at,token"


def line(value: str, *, scope: str = "read") -> str:
    return f"Acme,Portal,production,{scope},ann@example.com,2026-01-01,{value}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.csv"
    path.write_text("\n".join([HEADER, line(token_value()), line(token_value(), scope="write")]))
    return path


def test_json_on_the_last_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_tokens", str(file), "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer == {
        "rows": 2,
        "created": 2,
        "companies": 1,
        "integrations": 1,
        "people": 1,
        "dry_run": False,
    }
    assert Token.objects.count() == 2
    assert AuditEvent.objects.latest("id").actor_name.startswith("command line, OS user ")


def test_words_and_a_dry_run(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_tokens", str(file), "--dry-run")
    assert "2 tokens would be imported" in capsys.readouterr().out
    assert not Token.objects.exists()


def test_standard_input(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(file.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    call_command("import_tokens", "-")
    assert Token.objects.count() == 2


def test_a_refusal_names_lines_and_no_token(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = token_value()
    file.write_text("\n".join([HEADER, line(value), line(value, scope="all")]))
    with pytest.raises(SystemExit) as ended:
        call_command("import_tokens", str(file), "--json")
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert json.loads(printed.out.splitlines()[-1]) == {
        "created": 0,
        "errors": [{"line": 3, "column": "scope", "reason": "is not one of read, write, admin"}],
        "more_errors": 0,
    }
    assert "line 3, scope: is not one of read, write, admin" in printed.err
    assert value not in printed.out + printed.err
    assert not Token.objects.exists()


def test_sharing_has_to_be_confirmed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = token_value()
    file.write_text("\n".join([HEADER, line(value), line(value, scope="write")]))
    with pytest.raises(SystemExit) as ended:
        call_command("import_tokens", str(file))
    assert ended.value.code == 2
    assert "line 3, token: is the same as in line 2" in capsys.readouterr().err
    call_command("import_tokens", str(file), "--allow-shared")
    assert Token.objects.count() == 2


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("import_tokens", str(tmp_path / "none.csv"))
    assert ended.value.code == 2
    assert "cannot be read" in capsys.readouterr().err
