"""scan_leaks: finds what is ours and what looks like it, names it, and shows no value."""

from __future__ import annotations

import io
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import make_token, token_value
from tests.leaks.test_reading import commit, git
from tokens.keys import forget
from tokens.models import AuditEvent

pytestmark = pytest.mark.django_db


class Scanned:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def scan(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: object) -> Scanned:
        code = 0
        try:
            call_command("scan_leaks", *map(str, words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Scanned(code, said.out, said.err)

    return run


def test_nothing_found_is_zero(scan: Any, tmp_path: Path) -> None:
    make_token()
    (tmp_path / "a.py").write_text("KEY = os.environ['KEY']\n")
    done = scan(tmp_path)
    assert (done.code, done.out.strip()) == (0, "No finds in 1 files.")
    assert not AuditEvent.objects.filter(kind="leak.found").exists()


@pytest.mark.parametrize("shape", ["vendor", "other"])
def test_a_token_of_the_inventory_is_named(scan: Any, tmp_path: Path, shape: str) -> None:
    value = token_value() if shape == "vendor" else f"x9.{secrets.token_urlsafe(12)}"
    token = make_token(value=value)
    (tmp_path / "conf.ini").write_text(f"[a]\nkey = {value}\n")
    done = scan(tmp_path)
    assert done.code == 1
    assert f"conf.ini:2: {token.hint} is {token} (active, {token.pk})" in done.out
    assert value not in done.out + done.err
    entry = AuditEvent.objects.get(kind="leak.found")
    assert (entry.subject_id, "conf.ini:2" in entry.data) == (str(token.pk), True)
    assert value not in entry.data


def test_what_merely_looks_like_one_is_said_to(scan: Any, tmp_path: Path) -> None:
    value = token_value()
    (tmp_path / value).write_text(f"{value}\n")
    done = scan(tmp_path, "--json")
    assert done.code == 1
    (leak,) = done.json["leaks"]
    assert (leak["line"], leak["tokens"], leak["hint"]) == (1, [], f"sk_live_…{value[-4:]}")
    assert value not in done.out + done.err
    assert not AuditEvent.objects.filter(kind="leak.found").exists()


def test_a_value_in_two_rows_names_both(scan: Any, tmp_path: Path) -> None:
    value = token_value()
    rows = [make_token(value=value, allow_shared=True) for _ in range(2)]
    (tmp_path / "a").write_text(value)
    found = scan(tmp_path, "--json").json
    assert [each["id"] for each in found["leaks"][0]["tokens"]] == [str(row.pk) for row in rows]
    assert (found["finds"], found["files"], found["compared"]) == (1, 1, True)


def test_standard_input(scan: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    value = token_value()
    token = make_token(value=value)

    class Standard:
        buffer = io.BytesIO(f"log line\nAuthorization: Bearer {value}\n".encode())

    monkeypatch.setattr(sys, "stdin", Standard)
    done = scan("-")
    assert done.code == 1
    assert f"standard input:2: {token.hint} is {token}" in done.out
    assert value not in done.out


def test_a_history_names_the_commit(scan: Any, tmp_path: Path) -> None:
    value = token_value()
    token = make_token(value=value, row={"state": "revoked"})
    git(tmp_path, "init", "-q")
    commit(tmp_path, "settings.py", f"KEY = '{value}'\n")
    commit(tmp_path, "settings.py", "KEY = None\n")
    assert scan(tmp_path).code == 0
    found = scan(tmp_path, "--git", "--json").json
    (leak,) = found["leaks"]
    assert (leak["place"], leak["line"], len(leak["commit"])) == ("settings.py", 1, 40)
    assert leak["tokens"] == [{"id": str(token.pk), "name": str(token), "state": "revoked"}]
    assert found["commits"] == 2


def test_without_the_key_the_shape_is_all(scan: Any, tmp_path: Path, settings: Any) -> None:
    value, other = token_value(), "x9." + secrets.token_urlsafe(12)
    make_token(value=value)
    make_token(value=other)
    (tmp_path / "a").write_text(f"{value}\n{other}\n")
    settings.FINGERPRINT_KEY = ""
    forget()
    done = scan(tmp_path, "--json")
    assert (done.code, done.json["compared"], done.json["finds"]) == (1, False, 1)
    assert "FINGERPRINT_KEY is missing" in done.err
    assert done.json["leaks"][0]["tokens"] == []


@pytest.mark.parametrize("words", [[], ["/nowhere/at/all"], ["--git", "-"]])
def test_bad_usage_is_two(scan: Any, words: list[str]) -> None:
    if words:
        assert scan(*words).code == 2
    else:
        with pytest.raises(Exception, match="PATH"):
            call_command("scan_leaks")


def test_no_repository_is_bad_usage(scan: Any, tmp_path: Path) -> None:
    done = scan(tmp_path, "--git")
    assert (done.code, done.err.strip()) == (2, "PATH: is not in a git repository")


def test_what_cannot_be_read_is_no_all_clear(
    scan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("x")

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tokens.services.scan_leaks.is_left_out", refuse)
    done = scan(tmp_path)
    assert done.code == 1
    assert f"Could not be read: {tmp_path / 'a'}: Permission denied" in done.err
