"""What sweeps did, added up for /metrics: told now and then, since each telling is a write."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from tokens.policy.counted import Counted
from tokens.services.probing.asking import Result
from tokens.services.tally import tally

#: A worker that is killed loses the counts of so many seconds at most.
EVERY_SECONDS = 5.0


class Counts:
    """Outcomes of one run; whoever uses it says `tell` at the end."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._outcomes: Counter[str] = Counter()
        self._told = time.monotonic()

    def take(self, results: Iterable[Result]) -> None:
        self._outcomes.update(result.answer.outcome.value for result in results)
        if time.monotonic() - self._told >= EVERY_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Add what was not told yet."""
        tally(Counted.CHECKED, self._outcomes, now=self._clock())
        self._outcomes.clear()
        self._told = time.monotonic()


def count_sweep(seconds: float, *, stopped: bool, now: datetime) -> None:
    """One more sweep, and how long it took."""
    tally(Counted.SWEEPS, {"stopped" if stopped else "done": 1}, now=now)
    tally(Counted.SWEEP_MILLISECONDS, {"": round(seconds * 1000)}, now=now)
