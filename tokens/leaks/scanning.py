"""Finding: what has the vendor's shape, and what somebody knows. No find holds a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tokens.policy import leaks
from tokens.policy.register import hint

Known = TypeVar("Known")
#: Who a value belongs to; None where nobody knows it.
Lookup = Callable[[str], Known | None]
#: Words that were compared already and belong to nobody; forgotten when there are so many.
REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class Find(Generic[Known]):
    """Where a value stands. `known`: who it belongs to; None: it merely has the vendor's shape.

    `commit` is "" but in a history; `hint` is what may be shown of the value.
    """

    place: str
    line: int
    commit: str
    hint: str
    known: Known | None


class Scanner(Generic[Known]):
    """Looks at text piece by piece; every value of a line is found once."""

    def __init__(self, lookup: Lookup[Known] | None) -> None:
        self._lookup = lookup
        self._nobodys: set[int] = set()
        self._last: tuple[str, int, str] = ("", 0, "")
        self._seen: set[str] = set()

    def look(self, text: str, *, place: str, line: int, commit: str = "") -> list[Find[Known]]:
        """What stands in this piece of that line."""
        here = (place, line, commit)
        if here != self._last:
            self._last, self._seen = here, set()
        found = self._values(text)
        fresh = {value: known for value, known in found.items() if value not in self._seen}
        self._seen.update(fresh)
        return [
            Find(self.masked(place), line, commit, hint(value), known)
            for value, known in fresh.items()
        ]

    def masked(self, text: str) -> str:
        """A name of a file or a message of ours, with every value in it shortened to its hint."""
        for value in sorted(self._values(text), key=len, reverse=True):
            text = text.replace(value, hint(value))
        return text

    def _values(self, text: str) -> dict[str, Known | None]:
        found = self._known_in(text)
        if leaks.ALLOWED not in text:
            for value in leaks.shaped(text):
                if not any(value in other or other in value for other in found):
                    found[value] = None
        return found

    def _known_in(self, text: str) -> dict[str, Known | None]:
        found: dict[str, Known | None] = {}
        if self._lookup is None:
            return found
        for word in leaks.words(text):
            mark = hash(word)
            if mark in self._nobodys:
                continue
            known = self._lookup(word)
            if known is None:
                self._remember(mark)
            else:
                found[word] = known
        return found

    def _remember(self, mark: int) -> None:
        if len(self._nobodys) >= REMEMBERED:
            self._nobodys.clear()
        self._nobodys.add(mark)
