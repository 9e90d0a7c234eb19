"""scan: what it finds, what it sends, and that it shows no value."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.conftest import Client, new_key
from tests.factories import make_company, make_token, token_value
from tokens.models import AuditEvent
from tokens.policy.roles import Permission

pytestmark = pytest.mark.enable_socket


def test_finds_are_named_by_place_hint_and_token(client: Client, tmp_path: Path) -> None:
    known, unknown = token_value(), token_value()
    token = make_token(value=known)
    (tmp_path / "a.env").write_text(f"ONE=1\nKEY={known}\n")
    (tmp_path / "b.env").write_text(f"KEY='{unknown}' {unknown}\n")
    done = client.run("scan", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{tmp_path}/a.env:2: sk_live_…{known[-4:]} is {token.pk} (active)",
        f"{tmp_path}/b.env:1: sk_live_…{unknown[-4:]} looks like a token of Coolset",
        "2 finds in 2 files.",
    ]
    assert known not in done.stdout + done.stderr
    assert AuditEvent.objects.filter(kind="identify.asked").count() == 1


def test_nothing_found_asks_nothing(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("KEY=os.environ['COOLSET_TOKEN'] and 0f3a9b2c1d4e5f60718293a4\n")
    done = client.run("scan", str(tmp_path), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "finds": 0, "files": 1, "commits": 0, "left_out": 0, "unreadable": [], "compared": True,
        "leaks": [],
    }  # fmt: skip
    assert not AuditEvent.objects.filter(kind="identify.asked").exists()


def test_an_allowed_line_is_a_find_only_where_it_is_known(client: Client, tmp_path: Path) -> None:
    known = token_value()
    make_token(value=known)
    file = tmp_path / "a.py"
    for value, count in ((token_value(), 0), (known, 1)):
        file.write_text(f"x = '{value}'  # pragma: allowlist secret\n")
        assert json.loads(client.run("scan", str(file), "--json").stdout)["finds"] == count


def test_more_than_one_call_takes_is_asked_in_several(client: Client, tmp_path: Path) -> None:
    values = [token_value() for _ in range(1003)]
    token = make_token(value=max(values))
    (tmp_path / "a").write_text("\n".join(values))
    found = json.loads(client.run("scan", str(tmp_path), "--json").stdout)
    assert found["finds"] == 1003
    named = [each for each in found["leaks"] if each["known"]]
    assert [each["tokens"][0]["id"] for each in named] == [str(token.pk)]
    assert AuditEvent.objects.filter(kind="identify.asked").count() == 2


def test_offline_needs_no_server_and_reads_input(nowhere: Client) -> None:
    value = token_value()
    done = nowhere.run("scan", "--offline", "-", stdin=f"a\n{value}\n")
    assert done.returncode == 1
    assert (
        done.stdout.splitlines()[0] == f"-:2: sk_live_…{value[-4:]} looks like a token of Coolset"
    )
    assert nowhere.run("scan", "-", stdin="a").returncode == 2


def test_a_path_that_cannot_be_read_is_left_undone(nowhere: Client, tmp_path: Path) -> None:
    value = token_value()
    done = nowhere.run("scan", "--offline", str(tmp_path / value))
    assert done.returncode == 1
    assert "No such file" in done.stderr
    assert value not in done.stderr


def test_a_history_is_read(nowhere: Client, tmp_path: Path) -> None:
    value = token_value()
    who = ["-c", "user.name=A", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false"]

    def git(*words: str) -> None:
        command = ["git", "-C", str(tmp_path), *who, *words]
        subprocess.run(command, check=True, capture_output=True)

    git("init", "-q")
    for text in (value, "gone"):
        (tmp_path / "a").write_text(text)
        git("add", "a")
        git("commit", "-q", "-m", "change")
    assert nowhere.run("scan", "--offline", str(tmp_path / "a")).returncode == 0
    done = nowhere.run("scan", "--offline", "--git", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith("and 2 commits.")
    assert value not in done.stdout


def test_a_key_without_the_permission_or_of_one_company(
    client_of: Callable[[str], Client], tmp_path: Path
) -> None:
    value = token_value()
    (tmp_path / "a").write_text(value)
    bound = new_key(Permission.LEAKS, company=make_company())
    for key in (new_key(Permission.VIEW, name="reader"), bound):
        done = client_of(key).run("scan", str(tmp_path))
        assert done.returncode == 1
        assert done.stderr.startswith("The key does not allow this.")
        assert value not in done.stdout + done.stderr
