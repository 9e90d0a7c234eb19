"""The second step: open each value at the moment of its use and ask Coolset, many at a time.

One asyncio loop in a thread of its own, so that the caller's thread keeps the database. This is one
of the places that open a value (shared/design.md, The vault); the plaintext lives in one
coroutine's frame and leaves it only as a Bearer header.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from tokens.coolset.address import ApiAddress
from tokens.coolset.outcomes import Answer, Problem, Workspaces
from tokens.errors import VaultError
from tokens.policy.vocabulary import ACCEPTED, Outcome
from tokens.services.probing.claiming import Job, Pace
from tokens.vault.binding import Binding
from tokens.vault.keyring import Keyring
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed

if TYPE_CHECKING:
    from tokens.coolset.client import CoolsetClient

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What one job brought; `calls` were spent on it, of the token's own quota."""

    job: Job
    answer: Answer
    workspaces: Workspaces | None
    calls: int


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """How to ask: where, how long one probe may take in all, how many at once, by which clock."""

    address: ApiAddress
    timeout_seconds: float
    concurrency: int
    clock: Callable[[], datetime]

    @property
    def pace(self) -> Pace:
        return Pace(self.concurrency, self.timeout_seconds)


class Prober:
    """Use as a context manager: `submit` jobs, `collect` results in whatever order they come."""

    def __init__(self, keyring: Keyring, settings: ProbeSettings) -> None:
        self._keyring = keyring
        self._settings = settings
        self._results: deque[Result] = deque()
        self._wanted = 1
        self._enough = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._jobs: asyncio.Queue[Job | None] = asyncio.Queue()
        # In the caller's context, so that what it logs carries the ids of sweep and task.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="prober", daemon=True
        )
        self._serving: asyncio.Task[None] | None = None
        self._out: dict[uuid.UUID, Job] = {}

    @property
    def pending(self) -> int:
        """How many jobs have no collected result yet."""
        return len(self._out)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop, error is not None)
        self._thread.join()
        self._loop.close()

    def submit(self, jobs: Iterable[Job]) -> None:
        batch = list(jobs)
        self._out.update((job.subject_id, job) for job in batch)
        self._loop.call_soon_threadsafe(self._put, batch)

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
        while len(self._results) < self._wanted:
            self._enough.clear()
            if len(self._results) >= self._wanted or self._enough.wait(patience):
                continue
            there = len(self._results)
            if (there and there == before) or hurry() or time.monotonic() >= end:
                break
            before = there
        count = min(self._wanted, len(self._results))
        results = [self._results.popleft() for _ in range(count)]
        for result in results:
            self._out.pop(result.job.subject_id, None)
        return results

    def take_back(self) -> list[Job]:
        """The jobs that were not begun; they will not be."""

        async def emptied() -> list[Job]:
            left = [self._jobs.get_nowait() for _ in range(self._jobs.qsize())]
            return [job for job in left if job is not None]

        jobs = asyncio.run_coroutine_threadsafe(emptied(), self._loop).result()
        for job in jobs:
            self._out.pop(job.subject_id, None)
        return jobs

    def abandon(self) -> list[Job]:
        """Break off what is in flight; the jobs whose result nobody collected."""
        self._loop.call_soon_threadsafe(self._break_off)
        jobs = list(self._out.values())
        self._out.clear()
        return jobs

    def _break_off(self) -> None:
        if self._serving is not None:
            self._serving.cancel()

    def _put(self, batch: list[Job]) -> None:
        for job in batch:
            self._jobs.put_nowait(job)

    def _stop(self, at_once: bool) -> None:
        """End when the jobs are done; `at_once`: leave those not begun to their claims."""
        while at_once and not self._jobs.empty():
            self._jobs.get_nowait()
        for _ in range(self._settings.concurrency):
            self._jobs.put_nowait(None)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._serving = self._loop.create_task(self._serve())
        with suppress(asyncio.CancelledError):  # broken off on purpose
            self._loop.run_until_complete(self._serving)

    async def _serve(self) -> None:
        # Imported here: web, which never asks, need not load what does. A worker has it from its
        # start (coolset_admin/worker_pool.py).
        from tokens.coolset.client import CoolsetClient

        settings = self._settings
        async with CoolsetClient(
            settings.address,
            timeout_seconds=settings.timeout_seconds,
            concurrency=settings.concurrency,
            now=settings.clock,
        ) as client:
            await asyncio.gather(*(self._work(client) for _ in range(settings.concurrency)))

    async def _work(self, client: CoolsetClient) -> None:
        while (job := await self._jobs.get()) is not None:
            try:
                result = await self._probe(client, job)
            except Exception as error:  # one poisoned row must not stop the others
                log.error("probe.failed", subject=str(job.subject_id), kind=type(error).__name__)
                result = self._without_answer(job, Outcome.UNUSABLE, Problem.INTERNAL)
            self._results.append(result)
            if len(self._results) >= self._wanted:
                self._enough.set()

    async def _probe(self, client: CoolsetClient, job: Job) -> Result:
        binding = Binding(job.company_id, job.integration_id, job.environment, job.token_id)
        try:
            value = open_sealed(self._keyring, Sealed(job.key_id, job.sealed), binding).decode()
        except (VaultError, UnicodeDecodeError):
            return self._without_answer(job, Outcome.UNREADABLE, Problem.NONE)
        answer = await client.probe(value)
        if not (_lists_all(job, answer) or (job.ask_workspaces and _leaves_company_open(answer))):
            return Result(job, answer, None, answer.calls)
        workspaces = await client.workspaces(value)
        return Result(job, answer, workspaces, answer.calls + workspaces.calls)

    def _without_answer(self, job: Job, outcome: Outcome, problem: Problem) -> Result:
        at = self._settings.clock()
        answer = Answer(outcome, None, 0, begun_at=at, at=at, problem=problem, calls=0)
        return Result(job, answer, None, 0)


def _lists_all(job: Job, answer: Answer) -> bool:
    return job.list_workspaces and answer.outcome in ACCEPTED


def _leaves_company_open(answer: Answer) -> bool:
    """The token works, but user-config did not say for which workspace."""
    said = answer.evidence.workspace_id if answer.evidence else None
    return answer.outcome is Outcome.VALID and said is None
