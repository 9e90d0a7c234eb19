"""The budget of requests per second that all processes share (COOLSET_RATE): who may ask when.

Turns are taken in chunks, in one step of a store that all processes reach: Redis where REDIS_URL
is set, else a file under DATA_DIR. Where the store does not answer, a process goes on at its own
share, so that a sweep slows down and never stops, and all together stay within the budget.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from tokens.policy import rate
from tokens.services.probing.budget_stores import FileStore, RedisStore

log = structlog.get_logger(__name__)
#: After a failure the store is left alone for so long: each try may cost its time-out.
AGAIN_SECONDS = 5.0


class Store(Protocol):
    """Where the state is that all share."""

    def take(self) -> tuple[rate.Turns, int | None]:
        """The next turns, and how many processes share where that is known. Raises OSError
        where the store does not answer; takes a second at most."""
        ...

    def close(self) -> None:
        """Let go of connections; `take` would make a new one."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """`per_second` requests to `host`; for one machine in `folder`, for many in Redis."""

    per_second: float
    host: str
    redis_url: str = field(repr=False)
    folder: Path

    def store(self) -> Store:
        """For one process, to be made where it is used: nothing of it outlives a fork."""
        if self.redis_url:
            return RedisStore(self.redis_url, self.host, self.per_second)
        return FileStore(self.folder, self.host, self.per_second)


@contextmanager
def turns_of(budget: Budget | None) -> Iterator[Callable[[], Awaitable[None]] | None]:
    """What to await before each request; None where there is no budget."""
    if budget is None:
        yield None
        return
    store = budget.store()
    try:
        yield Turner(budget.per_second, store).turn
    finally:
        store.close()


class Turner:
    """`await turn()` before each request; within one loop."""

    def __init__(
        self, per_second: float, store: Store, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._left = 0
        self._next = 0.0
        self._step = 0.0
        self._sharers: int | None = None
        self._alone_until: float | None = None
        self._given_until: float | None = None

    async def turn(self) -> None:
        """Wait until one more request may go out. First come, first served; who is cancelled
        while it waits loses at most the turn that it waited for."""
        async with self._lock:
            if not self._left:
                await self._take()
            self._left -= 1
            at, self._next = self._next, self._next + self._step
            # Within the lock: nobody takes turns ahead of what is asked now.
            if (wait := at - self._clock()) > 0:
                await asyncio.sleep(wait)

    async def _take(self) -> None:
        per_second = self._per_second
        turns = await self._shared()
        if turns is None:
            per_second = rate.share(self._per_second, sharers=self._sharers)
            turns = rate.take(self._given_until, per_second=per_second, now=self._clock())
            self._given_until = turns.given_until
        self._left, self._step = turns.count, 1 / per_second
        self._next = self._clock() + turns.wait

    async def _shared(self) -> rate.Turns | None:
        """From the store; None while it does not answer."""
        if self._alone_until is not None and self._clock() < self._alone_until:
            return None
        try:
            # Not in the loop: requests that are under way do not wait for it.
            turns, self._sharers = await asyncio.to_thread(self._store.take)
        except OSError as error:
            if self._alone_until is None:
                share = round(rate.share(self._per_second, sharers=self._sharers), 3)
                log.warning("rate.alone", kind=type(error).__name__, per_second=share)
            self._alone_until = self._clock() + AGAIN_SECONDS
            return None
        if self._alone_until is not None:
            log.info("rate.shared_again", sharers=self._sharers)
            self._alone_until = self._given_until = None
        return turns
