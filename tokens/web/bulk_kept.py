"""What somebody chose for an act on many tokens, kept in their session between the pages.

So it survives the question for the password, a reload and the way back, and nothing of it can be
made up by an address: a key from another session finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tokens.policy.bulk import SKIP_WORDS, BulkAction
from tokens.services.bulk import Result, Selection

_NAME = "bulk"
#: So many choices are kept per session; the oldest is forgotten first.
_KEPT = 5
#: Of those passed over, so many are named afterwards; the reasons are counted over all.
NAMED = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A selection under its key; `back` is the query of the list that it was chosen from."""

    key: str
    selection: Selection
    back: str


def keep(session: Any, selection: Selection, back: str) -> Kept:
    """Remember a choice."""
    kept = Kept(str(uuid4()), selection, back)
    ids = [str(each) for each in selection.ids]
    _put(session, kept.key, {"ids": ids, "query": selection.query, "back": back})
    return kept


def kept(session: Any, key: str) -> Kept | None:
    """The choice of this key, or None where this session has none."""
    found = session.get(_NAME, {}).get(key)
    if found is None or "result" in found:
        return None
    ids = tuple(UUID(text) for text in found["ids"])
    return Kept(key, Selection(ids, found["query"]), found["back"])


def keep_result(session: Any, choice: Kept, action: BulkAction, result: Result) -> None:
    """In the place of the choice, so that it cannot be done twice by going back."""
    reasons: dict[str, int] = {}
    for each in result.passed:
        words = SKIP_WORDS[each.why]
        reasons[words] = reasons.get(words, 0) + 1
    told = {
        "action": action.value,
        "done": len(result.done),
        "passed": len(result.passed),
        "reasons": reasons,
        "named": [
            (str(each.token_id), each.name, SKIP_WORDS[each.why]) for each in result.passed[:NAMED]
        ],
    }
    _put(session, choice.key, {"result": told, "back": choice.back})


def kept_result(session: Any, key: str) -> dict[str, Any] | None:
    """What became of the choice of this key, with `back`; None where nothing did."""
    found = session.get(_NAME, {}).get(key, {})
    return {**found["result"], "back": found["back"]} if "result" in found else None


def _put(session: Any, key: str, value: dict[str, Any]) -> None:
    others = [(name, each) for name, each in session.get(_NAME, {}).items() if name != key]
    session[_NAME] = dict([*others[-(_KEPT - 1) :], (key, value)])
