"""A few child processes that live and end together: `up`, and whatever starts more beside it.

Children stay in the process group of the supervisor, so that a signal to the group (Ctrl-C, a
harness that ends everything) reaches all of them; and the kernel ends them should the supervisor
itself be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

QUICK_SECONDS = 10.0
QUICK_DEATHS = 3
RESTART_SECONDS = 0.5
POLL_SECONDS = 0.1
# How long children may take to end by themselves, and after the second, ruder request.
POLITE_SECONDS = 8.0
RUDE_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """One process to keep alive. `environment` is its whole environment."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    pass_fds: tuple[int, ...] = ()


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    restart_at: float | None = None


def _die_with_parent() -> None:
    """In the new process: ask Linux for a SIGTERM when the supervisor is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Supervisor:
    """Starts children, restarts those that die, and ends all of them on SIGTERM or SIGINT.

    Use it as a context manager: leaving it ends every child, whatever happened. `say` gets one
    line of text per event. The monotonic clock is used for intervals alone.
    """

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self._running: list[_Running] = []
        self._say = say
        self._signals = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._signals > 0

    @property
    def pids(self) -> dict[str, int]:
        """The process number of every child that has been started, by its name."""
        return {one.child.name: one.process.pid for one in self._running if one.process}

    def start(self, child: Child) -> None:
        """Start a child and look after it from now on; does nothing once the end was asked for."""
        if not self.stopping:
            self._running.append(one := _Running(child))
            self._start(one)

    def keep(self) -> int:
        """Keep the children alive until told to end; the exit code: 0 told to, 1 gave up."""
        while not self.stopping:
            fates = [self._look_after(one) for one in self._running]
            if not all(fates):
                return 1
            time.sleep(POLL_SECONDS)
        return 0

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _start(self, one: _Running) -> None:
        one.started, one.restart_at = time.monotonic(), None
        one.process = subprocess.Popen(  # noqa: S603 (our own programs)
            one.child.argv,
            env=dict(one.child.environment),
            pass_fds=one.child.pass_fds,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )

    def _look_after(self, one: _Running) -> bool:
        """Restart a child that died. False when it dies so often that trying on is pointless."""
        if one.restart_at is not None:
            if time.monotonic() >= one.restart_at:
                self._start(one)
            return True
        if one.process is None or (code := one.process.poll()) is None:
            return True
        quick = time.monotonic() - one.started < QUICK_SECONDS
        one.quick_deaths = one.quick_deaths + 1 if quick else 0
        if one.quick_deaths >= QUICK_DEATHS:
            self._say(f"{one.child.name} ended {QUICK_DEATHS} times in a row; giving up.")
            return False
        self._say(f"{one.child.name} ended ({code}); starting it again.")
        one.restart_at = time.monotonic() + RESTART_SECONDS
        return True

    def _end(self) -> None:
        """End all children: politely, then for good. A second Ctrl-C skips the waiting."""
        alive = [one.process for one in self._running if one.process is not None]
        for number, seconds in ((signal.SIGTERM, POLITE_SECONDS), (signal.SIGQUIT, RUDE_SECONDS)):
            alive = [process for process in alive if process.poll() is None]
            for process in alive:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)
            self._wait(alive, seconds)
        for process in alive:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _wait(self, processes: list[subprocess.Popen[bytes]], seconds: float) -> None:
        until, before = time.monotonic() + seconds, self._signals
        while any(process.poll() is None for process in processes):
            if time.monotonic() >= until or self._signals > before + 1:
                return
            time.sleep(POLL_SECONDS / 2)
