"""A clock that jumps: for the processes of one instance, never for the machine.

`moved` starts an instance's processes with a clock that runs, and that `Clock.to` sets while they
run (clock.c says how; libfaketime was tried, and under it every sleep of Python fails). `drive`
runs inside of such an instance and does what the worker does at one moment after the other.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coolset_admin.env import BASE_DIR
from tests.faults.campaign import Campaign

DONE = "done\n"
SOURCE = Path(__file__).with_suffix(".c")


@dataclass
class Clock:
    """`ahead`: seconds before the machine's clock."""

    file: Path
    ahead: float = 0.0

    def to(self, moment: datetime) -> None:
        """Set it, for what runs already, too; it goes on running from there."""
        self.ahead = (moment - datetime.now(UTC)).total_seconds()
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("d", self.ahead))

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead, UTC)


def moved(c: Campaign, moment: datetime) -> Clock:
    """From now on every process of this instance believes in another clock, and Coolset, too."""
    folder = c.instance.folder.parent
    clock = Clock(folder / "clock")
    clock.to(moment)
    c.instance.environment["FAULT_CLOCK"] = str(clock.file)
    c.instance.environment["LD_PRELOAD"] = _library(folder)
    c.coolset.world.clock = lambda: clock.now.timestamp()
    return clock


def _library(folder: Path) -> str:
    """Compiled once for each fault; skips where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler on this machine, to make a clock that jumps (clock.c)")
    library = folder / "clock.so"
    words = ["-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-lm"]
    subprocess.run([compiler, *words], check=True)
    return str(library)


@dataclass
class Driven:
    """A process that works when it is told to."""

    process: subprocess.Popen[str]

    def work(self) -> None:
        """Remind, deliver and sweep as the tasks do."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("work\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == DONE, "the process ended"


@contextmanager
def driven(c: Campaign) -> Iterator[Driven]:
    """A worker's process in the foreground, ended at the end."""
    words = ["shell", "--no-imports", "-c", "from tests.faults.clock import drive; drive()"]
    with (c.instance.folder.parent / "driven").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR, env=c.instance.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
        )  # fmt: skip
        try:
            yield Driven(process)
        finally:
            process.kill()
            process.communicate()


def drive() -> None:
    """For each line read: every task of the worker that tells or checks, by the clock as it is."""
    from tokens import tasks

    for _ in sys.stdin:
        for task in (tasks.remind, tasks.deliver, tasks.sweep, tasks.remind, tasks.deliver):
            task()
        sys.stdout.write(DONE)
        sys.stdout.flush()
