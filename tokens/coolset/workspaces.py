"""Putting the pages of `GET /accounts/workspaces/` together (coolset-api.md)."""

from typing import Any

from tokens.coolset.documents import read_id
from tokens.coolset.outcomes import WorkspaceEntry

PATH = "accounts/workspaces/"
PAGE_SIZE = 100
MAX_NAME = 200
MAX_TYPE = 20


class Listing:
    """A list that grows page by page, and knows whether it may be called complete."""

    def __init__(self) -> None:
        self._found: dict[tuple[int | None, int | None], WorkspaceEntry] = {}
        self._count: int | None = None
        self._sound = True
        self.offset = 0
        self.wants_more = True

    @property
    def entries(self) -> tuple[WorkspaceEntry, ...]:
        return tuple(self._found.values())

    def add(self, page: dict[str, Any]) -> None:
        """Take one page in. What is not in the documented form makes the list unsound."""
        count, results = _count(page.get("count")), page.get("results")
        if count is None or not isinstance(results, list):
            self._sound = self.wants_more = False
            return
        if self._count is not None and self._count != count:
            self._sound = False  # it changed between two pages: something may be missing
        self._count = count
        for result in results:
            self._add_one(result)
        self.offset += len(results)
        self.wants_more = self._sound and bool(results) and self.offset < count

    def complete_ids(self) -> frozenset[int] | None:
        """Every id of the list, or None unless it is complete.

        An empty list proves nothing either: a token that works belongs to some workspace.
        """
        if not self._sound or not self._found or len(self._found) != self._count:
            return None
        return frozenset(number for key in self._found for number in key if number is not None)

    def _add_one(self, result: object) -> None:
        if not isinstance(result, dict):
            self._sound = False
            return
        key = (read_id(result.get("workspace_id")), read_id(result.get("id")))
        if key == (None, None):
            self._sound = False
            return
        name = result.get("workspace_name") or result.get("name")
        self._found[key] = WorkspaceEntry(*key, _clean(name), _word(result.get("type")))


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def _word(kind: object) -> str:
    """A type as the vendor writes it, or "" where it is no short word."""
    if not isinstance(kind, str) or len(kind) > MAX_TYPE:
        return ""
    word = kind.strip().lower()
    return word if word.isascii() and word.isalpha() else ""


def _clean(name: object) -> str:
    """A name for people: printable, bounded, empty where there is none."""
    if not isinstance(name, str):
        return ""
    return "".join(char for char in name if char.isprintable())[:MAX_NAME]
