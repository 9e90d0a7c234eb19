"""A running instance for journeys in a browser: `manage.py up` with real processes and servers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coolset_admin.env import BASE_DIR

#: Generous: who waits for something that comes waits no longer, and machines do other things, too.
SECONDS = 180.0
_CODE = re.compile(r"/setup/ with this code: (\S+)")


@dataclass
class Instance:
    """Where it listens, what it was started with, and what it printed and logged."""

    folder: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    runs: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        """Standard output of `up`, for the eyes of whoever started it."""
        return (self.folder.parent / "out").read_text()

    @property
    def log(self) -> str:
        return (self.folder.parent / "log").read_text()

    @property
    def code(self) -> str:
        """The one-time set-up code, from what `up` printed."""
        found = _CODE.search(self.printed)
        assert found, "`up` did not print the set-up code"
        return found[1]

    def run(self, *words: str, expect: int = 0) -> dict[str, Any]:
        """A management command with `--json`: the object on its last line."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"],
            cwd=BASE_DIR, env=self.environment, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        self.runs += [done.stdout, done.stderr]
        assert done.returncode == expect, done.stderr.decode()
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def ask(self, *words: str) -> tuple[int, str, str]:
        """A management command as a person runs it: exit code, output, diagnostics."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR, env=self.environment, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        self.runs += [done.stdout, done.stderr]
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def members(self) -> list[str]:
        """Command lines of all processes of the session that `up` opened."""
        assert self.process is not None
        listed = subprocess.run(
            ["ps", "-o", "stat=,args=", "-s", str(self.process.pid)],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        rows = [line.split(None, 1) for line in listed.splitlines()]
        return [row[-1] for row in rows if not row[0].startswith("Z")]

    def stop(self) -> None:
        """SIGTERM, as a service manager does it: everything ends, cleanly and soon."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(SECONDS) == 0
        assert not self.members()
        assert "Traceback" not in self.log


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happens: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.1)


def describe(folder: Path, **more: str) -> Instance:
    """An instance of its own in `folder`, not started; `more` is added to its environment."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    port = free_port()
    environment = keep | {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev",
        "COOLSET_CONFIRM_SECONDS": "2",
        "COOLSET_TIMEOUT": "2",
        **more,
    }
    return Instance(folder, port, environment)


@contextmanager
def up(instance: Instance, *words: str) -> Iterator[Instance]:
    """`manage.py up` (or `demo`), ready; killed at the end where the test did not stop it."""
    parent = instance.folder.parent
    with (parent / "out").open("wb") as out, (parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *(words or ("up",))],
            cwd=BASE_DIR, env=instance.environment,
            stdout=out, stderr=log, start_new_session=True,
        )  # fmt: skip
        instance.process = process
        try:
            until(lambda: _answers(f"{instance.url}/readyz/"), "the instance is ready")
            until(lambda: "Ctrl-C ends" in instance.printed, "`up` says how to go on")
            yield instance
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 (loopback)
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        pass  # it does not listen yet
    return False
