"""`up` as people run it: real processes on a free port."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from coolset_admin.env import BASE_DIR
from tokens.management.commands.up import Command

pytestmark = [pytest.mark.enable_socket, pytest.mark.embedded, pytest.mark.timeout(180)]
SECONDS = 60.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(folder: Path, port: int) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return keep | {"DATA_DIR": str(folder), "PORT": str(port), "DJANGO_SETTINGS_MODULE":
                   "coolset_admin.settings.dev"}  # fmt: skip


@contextmanager
def _up(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    with (folder.parent / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=BASE_DIR, text=True,
            env=_environment(folder, port), stdout=subprocess.PIPE, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def _until(happens: Callable[[], object], what: str) -> None:
    until = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.1)


def _members(session: int) -> dict[int, str]:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,stat=,args=", "-s", str(session)],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {int(pid): args for pid, state, args in rows if not state.startswith("Z")}


def _main(session: int, word: str) -> int | None:
    """The oldest process whose command line holds a word."""
    return min((pid for pid, args in _members(session).items() if word in args), default=None)


def test_one_instance_from_start_to_end(tmp_path: Path) -> None:
    folder, port = tmp_path / "var", _free_port()
    with _up(folder, port) as process:
        _until(lambda: _get(port, "/healthz/")[0] == 200, "web answers")
        assert json.loads(_get(port, "/readyz/")[1])["ready"] is True
        _until(lambda: _main(process.pid, " beat "), "beat runs")
        _until(lambda: list((folder / "beat").iterdir()), "beat keeps its schedule")
        _the_second_is_told(folder, port)
        _web_holds_no_private_key(process.pid)
        unread = _unreadable_requests(port)
        for word in (" worker ", "gunicorn"):
            _is_started_again(process.pid, word)
        # Processes of a web that was killed answer a moment longer than it lives.
        log_file = tmp_path / "log"
        _until(lambda: log_file.read_text().count("starting it again") == 2, "both were missed")
        assert _get(port, "/healthz/")[0] == 200
        began = time.monotonic()
        process.terminate()
        shown = process.stdout.read() if process.stdout else ""
        assert process.wait(SECONDS) == 0
        assert time.monotonic() - began < 15
        assert not _members(process.pid)
    _what_was_shown(shown, folder, port)
    _everything_is_private(folder)
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log, log
    assert unread not in log
    assert log.count("starting it again") == 2, log


def _the_second_is_told(folder: Path, port: int) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=BASE_DIR, env=_environment(folder, port),
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def _web_holds_no_private_key(session: int) -> None:
    for pid, args in _members(session).items():
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        if "gunicorn" in args or " beat " in args:
            assert b"\0TOKEN_PUBLIC_KEY=" in b"\0" + environment
            assert b"\0TOKEN_KEYS" not in b"\0" + environment


def _unreadable_requests(port: int) -> str:
    """Send a value where it makes a request unreadable; it must not come back, nor be logged."""
    value = "Zz9" + secrets.token_urlsafe(30)
    host = "Host: localhost"
    for request in (
        f"GET /{value} HTTP/9.9\r\n{host}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}\r\nAuthorization {value}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}\r\nX {value}: 1\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {value}.example\r\n\r\n",
        f"{value} / HTTP/1.1\r\n{host}\r\n\r\n",
        f"POST /healthz/ HTTP/1.1\r\n{host}\r\nTransfer-Encoding: chunked\r\n\r\n{value}\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as asking:
            asking.sendall(request.encode())
            answer = asking.recv(4096).decode()
        assert answer.startswith("HTTP/1.1 4"), answer
        assert value not in answer
    return value


def _is_started_again(session: int, word: str) -> None:
    _until(lambda: _main(session, word), f"{word} runs")
    before = _main(session, word)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    _until(lambda: _main(session, word) not in {None, before}, f"{word} is started again")


def _what_was_shown(shown: str, folder: Path, port: int) -> None:
    assert f"http://127.0.0.1:{port}/" in shown
    assert str(folder / "keys") in shown
    code = (folder / "keys" / "setup_code").read_text().strip()
    assert f"/setup/ with this code: {code}" in shown


def _everything_is_private(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_socket():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_second_start_reuses_all_of_it(tmp_path: Path) -> None:
    folder, port = tmp_path / "var", _free_port()
    kept: list[dict[str, str]] = []
    for _ in range(2):
        with _up(folder, port) as process:
            _until(lambda: _get(port, "/readyz/")[0] == 200, "web is ready")
            kept.append({path.name: path.read_text() for path in (folder / "keys").iterdir()})
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(SECONDS) == 0
    assert kept[0] == kept[1]
    assert len(kept[0]) == 5


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])  # noqa: S104
def test_an_address_beyond_this_machine_is_warned_of(
    db: None, settings: Any, tmp_path: Path, capsys: Any, host: str, warned: bool
) -> None:
    settings.HOST, settings.DATA_DIR = host, tmp_path
    Command()._tell()
    assert ("plain HTTP" in capsys.readouterr().out) is warned
