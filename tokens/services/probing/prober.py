"""Asking in a thread of this process, so that the caller's thread keeps the database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import copy_context
from types import TracebackType
from typing import Self

from tokens.services.probing.asking import Asked, Asker, ProbeSettings, Result, Told
from tokens.services.probing.claiming import Job
from tokens.vault.keyring import Keyring


class Prober:
    """Use as a context manager: `submit` jobs, `collect` results in whatever order they come."""

    def __init__(self, keyring: Keyring, settings: ProbeSettings) -> None:
        self._told: deque[Told] = deque()
        self._wanted = 1
        self._enough = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._asker = Asker(keyring, settings, self._deliver)
        # In the caller's context, so that what it logs carries the ids of sweep and task.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="prober", daemon=True
        )
        self._asked = Asked()
        self._failure: Exception | None = None

    @property
    def pending(self) -> int:
        """How many jobs have no collected result yet."""
        return len(self._asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        at_once = error is not None
        self._loop.call_soon_threadsafe(lambda: self._asker.stop(at_once=at_once))
        self._thread.join()
        self._loop.close()

    def submit(self, jobs: Iterable[Job]) -> None:
        self._loop.call_soon_threadsafe(self._asker.put, self._asked.questions(jobs))

    def collect(
        self,
        *,
        most: int,
        patience: float = 0.25,
        at_most_seconds: float = float("inf"),
        hurry: Callable[[], bool] = lambda: False,
    ) -> list[Result]:
        """Up to `most` results, at least one: as soon as they are there, or what is there when
        none came for `patience` seconds. Perhaps none after `at_most_seconds`, or in a `hurry`.

        The caller is woken once and not by every result, because each change between the two
        threads costs both of them more than a result does.
        """
        self._wanted = min(most, self.pending)
        before, end = -1, time.monotonic() + at_most_seconds
        while len(self._told) < self._wanted:
            self._enough.clear()
            if len(self._told) >= self._wanted or self._enough.wait(patience):
                continue
            if self._failure is not None:
                raise self._failure
            there = len(self._told)
            if (there and there == before) or hurry() or time.monotonic() >= end:
                break
            before = there
        there = min(self._wanted, len(self._told))
        return self._asked.results([self._told.popleft() for _ in range(there)])

    def take_back(self) -> list[Job]:
        """The jobs that were not begun; they will not be."""

        async def emptied() -> list[int]:
            return self._asker.take_back()

        numbers = asyncio.run_coroutine_threadsafe(emptied(), self._loop).result()
        return self._asked.withdraw(numbers)

    def abandon(self) -> list[Job]:
        """Break off what is in flight; the jobs whose result nobody collected."""
        self._loop.call_soon_threadsafe(self._asker.break_off)
        return self._asked.withdraw()

    def _deliver(self, told: Told) -> None:
        self._told.append(told)
        if len(self._told) >= self._wanted:
            self._enough.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._asker.serve())
        except Exception as error:  # raised where somebody waits for it
            self._failure = error
