"""Asking in a process of its own, for many at a time: the network and the database then have a
processor each, and neither waits for the other's turn at the interpreter.

The child is forked, so keys reach it in memory alone and nothing is loaded anew. It closes every
file but its line to the parent, the connection to the database among them, and ends when that
line does: a parent that was killed leaves nobody behind. A child that is killed ends the sweep
with ProberLost; its claims run out as those of a dead worker do.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, NoReturn, Self

import structlog

from tokens.services.probing.asking import Asked, Asker, ProbeSettings, Result, Told
from tokens.services.probing.claiming import Job
from tokens.vault.keyring import Keyring

log = structlog.get_logger(__name__)
_LENGTH = 4
_CHUNK = 1 << 18
#: Results told at once, and the longest that one waits for others: each telling wakes the parent.
TOLD_AT_ONCE = 64
TOLD_AFTER_SECONDS = 0.02
#: For a child that has nothing left to do, or a line that takes nothing more.
PATIENCE_SECONDS = 30.0
#: From closing its line to its end.
LEAVING_SECONDS = 5.0


class ProberLost(RuntimeError):
    """The asking process ended before its work did."""


def can_be_apart() -> bool:
    """Whether this process may be forked: other threads could hold a lock that nobody releases."""
    return sys.platform == "linux" and threading.active_count() == 1


class ProberApart:
    """As `prober.Prober`, in a process of its own. Any use may raise ProberLost."""

    def __init__(self, keyring: Keyring, settings: ProbeSettings) -> None:
        self._keyring = keyring
        self._settings = settings
        self._line: socket.socket
        self._received = bytearray()
        self._told: deque[Told] = deque()
        self._taken_back: list[list[int]] = []
        self._asked = Asked()
        self._child = 0

    @property
    def pending(self) -> int:
        """How many jobs have no collected result yet."""
        return len(self._asked)

    def __enter__(self) -> Self:
        self._line, theirs = socket.socketpair()
        try:
            self._child = os.fork()
        except OSError:
            theirs.close()
            self._line.close()
            raise
        if not self._child:
            _be_the_child(theirs, self._keyring, self._settings)
        theirs.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        patience = 0.0
        try:
            if error is None and self._ends_by_itself():
                patience = LEAVING_SECONDS
        finally:
            self._line.close()
            self._see_it_gone(patience)

    def _ends_by_itself(self) -> bool:
        """Whether it closed the line when it was told to stop."""
        try:
            self._tell("stop")
            until = time.monotonic() + self._settings.timeout_seconds + PATIENCE_SECONDS
            while time.monotonic() < until:
                self._receive(1.0)
        except ProberLost:
            return True
        return False

    def _see_it_gone(self, patience: float) -> None:
        """It has so many seconds to go by itself: a thread of it may hang."""
        until = time.monotonic() + patience
        with suppress(ChildProcessError):  # somebody else took note of its end
            while time.monotonic() < until:
                if os.waitpid(self._child, os.WNOHANG)[0]:
                    return
                time.sleep(0.005)
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    def submit(self, jobs: Iterable[Job]) -> None:
        self._tell("put", self._asked.questions(jobs))

    def collect(
        self,
        *,
        most: int,
        patience: float = 0.25,
        at_most_seconds: float = float("inf"),
        hurry: Callable[[], bool] = lambda: False,
    ) -> list[Result]:
        """As `Prober.collect`."""
        wanted, end = min(most, self.pending), time.monotonic() + at_most_seconds
        while len(self._told) < wanted:
            if self._receive(min(patience, end - time.monotonic())):
                continue
            if self._told or hurry() or time.monotonic() >= end:
                break
        there = min(wanted, len(self._told))
        return self._asked.results([self._told.popleft() for _ in range(there)])

    def take_back(self) -> list[Job]:
        """The jobs that were not begun; they will not be."""
        self._taken_back.clear()
        self._tell("take_back")
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._taken_back and time.monotonic() < until:
            self._receive(1.0)
        if not self._taken_back:
            raise ProberLost("the asking process does not answer")
        return self._asked.withdraw(self._taken_back.pop())

    def abandon(self) -> list[Job]:
        """Break off what is in flight; the jobs whose result nobody collected."""
        self._tell("break_off")
        return self._asked.withdraw()

    def _tell(self, word: str, what: object = None) -> None:
        try:
            self._line.settimeout(PATIENCE_SECONDS)
            self._line.sendall(_frame((word, what)))
        except OSError as error:
            raise ProberLost("the asking process is gone") from error

    def _receive(self, seconds: float) -> bool:
        """Take in what the child told; False where it told nothing for so long."""
        self._line.settimeout(max(seconds, 0.001))
        try:
            data = self._line.recv(_CHUNK)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        if not data:
            raise ProberLost("the asking process is gone")
        self._received += data
        while (frame := _next_frame(self._received)) is not None:
            self._hear(*frame)
        return True

    def _hear(self, word: str, what: Any) -> None:
        if word == "taken_back":
            self._taken_back.append(what)
        else:
            self._told.extend(what)


def _frame(message: tuple[str, object]) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH, "big") + body


def _next_frame(received: bytearray) -> tuple[str, Any] | None:
    """Take one whole message off the front, if there is one."""
    end = _LENGTH + int.from_bytes(received[:_LENGTH], "big")
    if len(received) < _LENGTH or len(received) < end:
        return None
    # The line is a pair of sockets without a name: nobody but the other half can write to it.
    message: tuple[str, Any] = pickle.loads(bytes(received[_LENGTH:end]))  # noqa: S301
    del received[:end]
    return message


def _be_the_child(line: socket.socket, keyring: Keyring, settings: ProbeSettings) -> NoReturn:
    """Ask until told to stop or the parent is gone. Nothing of the parent's is ended here: its
    open transactions, exit handlers and buffers are its own."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the parent says when
        gc.freeze()  # what was inherited is not ours to finalise
        os.closerange(3, line.fileno())
        os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        asyncio.run(_Child(keyring, settings).serve(line))
        code = 0
    except BaseException as error:
        # Its text could hold what an exception should not; the parent raises ProberLost.
        log.error("prober.failed", kind=type(error).__name__)
    finally:
        os._exit(code)


class _Child:
    """The other end of the line."""

    def __init__(self, keyring: Keyring, settings: ProbeSettings) -> None:
        self._asker = Asker(keyring, settings, self._deliver)
        self._waiting: list[Told] = []

    async def serve(self, line: socket.socket) -> None:
        reader, self._writer = await asyncio.open_connection(sock=line)
        listening = asyncio.ensure_future(self._listen(reader))
        await self._asker.serve()
        self._tell_waiting()
        listening.cancel()
        self._writer.close()
        with suppress(ConnectionError):  # nobody listens any more
            await self._writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        received = bytearray()
        try:
            # Where the parent died with something of ours unread, the line ends with an error.
            with suppress(ConnectionError):
                while data := await reader.read(_CHUNK):
                    received += data
                    while (frame := _next_frame(received)) is not None:
                        self._hear(*frame)
        finally:
            self._asker.break_off()  # the parent is gone

    def _hear(self, word: str, what: Any) -> None:
        if word == "put":
            self._asker.put(what)
        elif word == "take_back":
            self._writer.write(_frame(("taken_back", self._asker.take_back())))
        elif word == "break_off":
            self._asker.break_off()
        else:
            self._asker.stop(at_once=False)

    def _deliver(self, told: Told) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(TOLD_AFTER_SECONDS, self._tell_waiting)
        self._waiting.append(told)
        if len(self._waiting) >= TOLD_AT_ONCE:
            self._tell_waiting()

    def _tell_waiting(self) -> None:
        if self._waiting:
            self._writer.write(_frame(("results", self._waiting)))
            self._waiting = []
