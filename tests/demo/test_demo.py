"""`demo` as a newcomer runs it: real processes, one step to sign in, and a second run goes on."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coolset_admin.env import BASE_DIR

pytestmark = [pytest.mark.enable_socket, pytest.mark.embedded, pytest.mark.timeout(240)]
SECONDS = 90.0
SIGN_IN = re.compile(r"Sign in: (\S+), password: (\S+)")


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


@contextmanager
def demo(folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # A shell of somebody who works on a real instance: the demo must not touch it.
    elsewhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/real", "REDIS_URL": "redis://x:9"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--tokens", "30"],
            cwd=BASE_DIR,
            env={**kept, **elsewhere, "DATA_DIR": str(folder), "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until_printed(log: Path, process: subprocess.Popen[str]) -> re.Match[str]:
    until = time.monotonic() + SECONDS
    while (found := SIGN_IN.search(log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
    return found


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def programs(session: int) -> str:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "stat=,args=", "-s", str(session)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "\n".join(line for line in listed.stdout.splitlines() if not line.startswith("Z"))


def test_a_newcomer_signs_in_and_a_second_run_goes_on(tmp_path: Path) -> None:
    folder, log = tmp_path / "demo", tmp_path / "log"
    with demo(folder, port := _free_port(), log) as process:
        first = until_printed(log, process)
        until = time.monotonic() + SECONDS
        while not (answers(port) and "celery" in (running := programs(process.pid))):
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        assert "tests.stand_in" in running
        assert first[2] not in running
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert programs(process.pid) == ""
    before = (folder / "db.sqlite3").stat().st_ino
    with demo(folder, _free_port(), log) as process:
        again = until_printed(log, process)
        assert again.groups() == first.groups()
        assert "Making sample data" not in log.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (folder / "db.sqlite3").stat().st_ino == before
