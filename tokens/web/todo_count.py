"""The number beside "To do" in the navigation, remembered by each process for a while.

Counting tasks reads the whole inventory (some 140 ms at 100,000 tokens), which no other page should
wait for at each request. To do itself counts anew and leaves its number here, so only pages that
are not about it can be behind, by a minute as a rule. A count that takes long is kept longer: at
most half a per cent of a process's time goes into it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from tokens.policy.roles import Reach

KEPT_SECONDS = 60.0
PER_SECOND_OF_COUNTING = 200.0


@dataclass(slots=True)
class Remembered:
    """One number and until when it counts, by a clock that only goes forward.

    Two threads may count at once; the later one wins, and both are right.
    """

    clock: Callable[[], float] = field(default=time.monotonic)
    number: int = 0
    until: float = float("-inf")

    def keep(self, number: int, *, seconds: float = KEPT_SECONDS) -> None:
        self.number, self.until = number, self.clock() + seconds

    def current(self, count: Callable[[], int]) -> int:
        """The remembered number, else what `count` finds."""
        begun = self.clock()
        if begun >= self.until:
            number = count()
            took = self.clock() - begun
            self.keep(number, seconds=max(KEPT_SECONDS, took * PER_SECOND_OF_COUNTING))
            return number
        return self.number

    def forget(self) -> None:
        self.until = float("-inf")


remembered = Remembered()
#: The same for those who see some companies alone, the longest unasked first.
_of_some: OrderedDict[frozenset[UUID], Remembered] = OrderedDict()
_READERS_KEPT = 500


def remembered_for(reach: Reach) -> Remembered:
    """The number of whoever sees what this reach includes; nobody is told that of others."""
    if reach.companies is None:
        return remembered
    found = _of_some.setdefault(reach.companies, Remembered())
    _of_some.move_to_end(reach.companies)
    while len(_of_some) > _READERS_KEPT:
        _of_some.popitem(last=False)
    return found
