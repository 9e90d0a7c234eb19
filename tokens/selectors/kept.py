"""Numbers that a process keeps for as long as nothing they are made from has changed.

What a number is made from stands in its key: the question, the rules in force, whose companies are
meant, and how the facts stand. Facts change together with an entry of the audit trail, in the same
transaction, so the hash of the chain's head tells one state of them from every other. Two things
change without an entry: when a value was last checked or seen in use, which the sweep's pulse tells
of, and the time. What depends on either is at most a minute old (docs/decisions/0033).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from django.db.models import CharField, Subquery, Value
from django.db.models.functions import Cast

from tokens.models import ChainHead, Pulse
from tokens.policy.days import utc_day
from tokens.selectors.search import Matches, name_parts, read

#: A set of counts takes about a kilobyte, the names to choose from at most a hundred.
MOST = 256

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the facts stand: the hash of the chain's head, when a sweep last ended, and the time."""

    head: str
    swept: datetime | None
    now: datetime

    @property
    def facts(self) -> Hashable:
        """The same until something is entered: for what no clock changes."""
        return self.head

    @property
    def day(self) -> Hashable:
        """The same within a UTC day: for what the clock changes at midnight alone."""
        return self.head, utc_day(self.now)

    @property
    def minute(self) -> Hashable:
        """The same within a minute, until a sweep ends."""
        return self.head, self.swept, self.now.replace(second=0, microsecond=0)


def standing(now: datetime, text: str = "") -> tuple[Standing, Matches]:
    """How the facts stand, and whose names contain the words of `text`; both in one query.

    Ask it before what is kept under it: what changes in between is then counted too early rather
    than too late, and counted anew by whoever asks next.
    """
    swept = Pulse.objects.filter(name="sweep").values("at")
    head = ChainHead.objects.order_by().values_list(
        Value("", output_field=CharField()),
        Value("", output_field=CharField()),
        Cast("hash", CharField()),
        Subquery(swept),
    )
    rows = list(head.union(*name_parts(text), all=True) if text.split() else head)
    ours = [(word, at) for place, _, word, at in rows if not place] or [("", None)]
    return Standing(*ours[0], now), read(text, [row for row in rows if row[0]])


class Kept:
    """The answers last asked for, by their keys. Two threads may both look for one: both find the
    same."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def seen(self, key: Hashable) -> Any:
        """What is kept under `key`, or None."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, key: Hashable, answer: Any) -> None:
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What is kept under `key`, else what `find` finds. Nobody may change it."""
        answer: Found | None = self.seen(key)
        if answer is None:
            answer = find()
            self.keep(key, answer)
        return answer

    def forget(self) -> None:
        with self._lock:
            self._answers.clear()


kept = Kept()
