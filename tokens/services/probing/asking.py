"""The second step: open each value at the moment of its use and ask Coolset, many at a time.

One asyncio loop asks; `prober` and `apart` run it beside the database. This is one of the places
that open a value (shared/design.md, The vault); the plaintext lives in one coroutine's frame and
leaves it only as a Bearer header.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import structlog

from tokens.coolset.address import ApiAddress
from tokens.coolset.outcomes import Answer, Problem, Workspaces
from tokens.errors import VaultError
from tokens.policy.vocabulary import ACCEPTED, Outcome
from tokens.services.probing.budget import Budget, turns_of
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
class Question:
    """What it takes to ask about one job, and no more: it may travel to another process."""

    number: int
    company_id: str
    integration_id: str
    environment: str
    token_id: str
    key_id: str
    sealed: bytes = field(repr=False)
    ask_workspaces: bool
    list_workspaces: bool

    def __reduce__(self) -> tuple[type[Question], tuple[object, ...]]:
        """As one tuple: what a dataclass does by itself takes ten times as long."""
        return Question, (
            self.number, self.company_id, self.integration_id, self.environment, self.token_id,
            self.key_id, self.sealed, self.ask_workspaces, self.list_workspaces,
        )  # fmt: skip

    @property
    def binding(self) -> Binding:
        return Binding(self.company_id, self.integration_id, self.environment, self.token_id)


class Told(NamedTuple):
    """A result by the number of its question."""

    number: int
    answer: Answer
    workspaces: Workspaces | None
    calls: int


class Asked:
    """The jobs that are out, by the numbers of their questions."""

    def __init__(self) -> None:
        self._numbers = count()
        self._jobs: dict[int, Job] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def questions(self, jobs: Iterable[Job]) -> list[Question]:
        """One per job, which is out from now on."""
        return [self._question(job) for job in jobs]

    def _question(self, job: Job) -> Question:
        number = next(self._numbers)
        self._jobs[number] = job
        return Question(
            number,
            str(job.company_id),
            str(job.integration_id),
            job.environment,
            str(job.token_id),
            job.key_id,
            job.sealed,
            job.ask_workspaces,
            job.list_workspaces,
        )

    def results(self, told: Iterable[Told]) -> list[Result]:
        """These are back; what was withdrawn meanwhile is left out."""
        back = ((self._jobs.pop(one.number, None), one) for one in told)
        return [
            Result(job, one.answer, one.workspaces, one.calls)
            for job, one in back
            if job is not None
        ]

    def withdraw(self, numbers: Iterable[int] | None = None) -> list[Job]:
        """The jobs of these questions, or of all: nobody waits for them any more."""
        wanted = list(self._jobs) if numbers is None else numbers
        return [self._jobs.pop(number) for number in wanted if number in self._jobs]


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """How to ask: where, how long one probe may take in all, how many at once, by which clock."""

    address: ApiAddress
    timeout_seconds: float
    concurrency: int
    clock: Callable[[], datetime]
    #: Where all processes together may ask so often a second and no more.
    budget: Budget | None = None

    @property
    def pace(self) -> Pace:
        shared = self.budget.per_second if self.budget else 0.0
        return Pace(self.concurrency, self.timeout_seconds, shared)


class Asker:
    """Takes questions and hands every answer to `deliver`, within the loop that runs `serve`."""

    def __init__(
        self, keyring: Keyring, settings: ProbeSettings, deliver: Callable[[Told], None]
    ) -> None:
        self._keyring = keyring
        self._settings = settings
        self._deliver = deliver
        self._waiting: asyncio.Queue[Question | None] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None

    def put(self, questions: Iterable[Question]) -> None:
        for question in questions:
            self._waiting.put_nowait(question)

    def take_back(self) -> list[int]:
        """The numbers of those that were not begun; they will not be."""
        left = [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]
        return [question.number for question in left if question is not None]

    def stop(self, *, at_once: bool) -> None:
        """End when the jobs are done; `at_once`: leave those not begun to their claims."""
        if at_once:
            self.take_back()
        for _ in range(self._settings.concurrency):
            self._waiting.put_nowait(None)

    def break_off(self) -> None:
        """End now; what is in flight brings no result."""
        if self._serving is not None:
            self._serving.cancel()

    async def serve(self) -> None:
        """Ask until `stop` or `break_off`."""
        self._serving = asyncio.ensure_future(self._ask_all())
        with suppress(asyncio.CancelledError):  # broken off on purpose
            await self._serving

    async def _ask_all(self) -> None:
        # Imported here: web, which never asks, need not load what does. A worker has it from its
        # start (coolset_admin/worker_pool.py).
        from tokens.coolset.client import CoolsetClient

        settings = self._settings
        with turns_of(settings.budget) as turn:
            async with CoolsetClient(
                settings.address,
                timeout_seconds=settings.timeout_seconds,
                concurrency=settings.concurrency,
                now=settings.clock,
                may_ask=turn,
            ) as client:
                await asyncio.gather(*(self._work(client) for _ in range(settings.concurrency)))

    async def _work(self, client: CoolsetClient) -> None:
        while (question := await self._waiting.get()) is not None:
            try:
                told = await self._probe(client, question)
            except Exception as error:  # one poisoned row must not stop the others
                log.error("probe.failed", token=question.token_id, kind=type(error).__name__)
                told = self._without_answer(question, Outcome.UNUSABLE, Problem.INTERNAL)
            self._deliver(told)

    async def _probe(self, client: CoolsetClient, question: Question) -> Told:
        try:
            sealed = Sealed(question.key_id, question.sealed)
            value = open_sealed(self._keyring, sealed, question.binding).decode()
        except (VaultError, UnicodeDecodeError):
            return self._without_answer(question, Outcome.UNREADABLE, Problem.NONE)
        answer = await client.probe(value)
        if not _lists(question, answer):
            return Told(question.number, answer, None, answer.calls)
        workspaces = await client.workspaces(value)
        return Told(question.number, answer, workspaces, answer.calls + workspaces.calls)

    def _without_answer(self, question: Question, outcome: Outcome, problem: Problem) -> Told:
        at = self._settings.clock()
        answer = Answer(outcome, None, 0, begun_at=at, at=at, problem=problem, calls=0)
        return Told(question.number, answer, None, 0)


def _lists(question: Question, answer: Answer) -> bool:
    """Whether the workspaces are to be asked for, too."""
    if question.list_workspaces and answer.outcome in ACCEPTED:
        return True
    return question.ask_workspaces and _leaves_company_open(answer)


def _leaves_company_open(answer: Answer) -> bool:
    """The token works, but user-config did not say for which workspace."""
    said = answer.evidence.workspace_id if answer.evidence else None
    return answer.outcome is Outcome.VALID and said is None
