"""Processes of an instance: who they are, how big they are, and their sudden end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.instance import Instance


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    seconds: int
    command: str


def members(instance: Instance) -> list[Process]:
    """All living processes of the session that `up` opened, the oldest first."""
    assert instance.process is not None
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,ppid=,etimes=,stat=,args=", "-s", str(instance.process.pid)],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    found = [line.split(None, 4) for line in listed.splitlines()]
    living = [row for row in found if len(row) == 5 and not row[3].startswith("Z")]
    return sorted(
        (Process(int(row[0]), int(row[1]), int(row[2]), row[4]) for row in living),
        key=lambda each: (-each.seconds, each.pid),
    )


def worker(instance: Instance) -> Process | None:
    """The worker that `up` looks after: not its children, nor those of one that was killed."""
    assert instance.process is not None
    up = instance.process.pid
    return next((p for p in members(instance) if " worker " in p.command and p.parent == up), None)


def children(instance: Instance) -> list[Process]:
    """Where the worker's tasks run."""
    main = worker(instance)
    return [p for p in members(instance) if main is not None and p.parent == main.pid]


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def highest_memory(pid: int) -> int:
    """Bytes of memory that a process held at most, since the mark was reset."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) * 1024


def reset_highest_memory(pid: int) -> int:
    """Count anew from now; what it holds at the moment."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return highest_memory(pid)
