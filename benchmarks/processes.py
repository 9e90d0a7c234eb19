"""Everything that is measured runs in a process of its own: a step, a stand-in, a web server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

START_SECONDS = 60.0
#: The product by its own configuration, a peer (whose pages that does not know) as near to it.
_SERVED = {
    "coolset_admin": ["-c", "python:coolset_admin.gunicorn_conf"],
    "benchmarks": ["--preload", "--worker-class", "gthread", "--keep-alive", "5"],
}
STEP_SECONDS = 600.0


class StepFailed(RuntimeError):
    """A measured process ended badly; its own output says why."""


def step(name: str, environment: Mapping[str, str], *arguments: object) -> dict[str, Any]:
    """Run `benchmarks.steps.<name>` to its end; the JSON object on its last line."""
    argv = [sys.executable, "-m", f"benchmarks.steps.{name}", *map(str, arguments)]
    done = subprocess.run(
        argv, env=dict(environment), stdout=subprocess.PIPE, text=True, timeout=STEP_SECONDS
    )
    if done.returncode != 0:
        raise StepFailed(f"{name} ended with {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def running(
    argv: Sequence[str], environment: Mapping[str, str], **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """A process that lives as long as the block, with its children."""
    process = subprocess.Popen(
        argv, env=dict(environment), text=True, start_new_session=True, **options
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End a process that leads its own session, and whatever it started."""
    for number, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(seconds)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def stand_in(
    latency: float = 0.0, *, counting: bool = False
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The benchmark's own Coolset; its address ends in `/api/`. SIGUSR1 flips its odd tokens."""
    argv = [sys.executable, "-m", "benchmarks.peers.stand_in", str(latency)]
    argv += ["count"] if counting else []
    with running(argv, os.environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process


@contextmanager
def web(environment: Mapping[str, str], application: str) -> Iterator[int]:
    """Gunicorn, 2 processes of 2 threads as in bar.md; gives the port once it answers."""
    port = free_port()
    argv = [sys.executable, "-m", "gunicorn", *_SERVED[application.partition(".")[0]]]
    argv += ["--workers", "2", "--threads", "2", "--bind", f"127.0.0.1:{port}", application]
    with running(argv, dict(environment) | {"PROCESS_ROLE": "web"}):
        wait_for(port)
        yield port


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])


def wait_for(port: int, seconds: float = START_SECONDS) -> None:
    """Raises StepFailed where nothing listens in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise StepFailed(f"nothing listens on port {port}")
