"""What a person may ask of the inventory, read from a query: closed words, nothing echoed.

Several values of one name mean any of them; different names mean all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from tokens.errors import InvalidInput
from tokens.policy.register import looks_like_token
from tokens.policy.vocabulary import Environment, Flag, Health, Scope, State

LONGEST = 254
DIGITS = 4
#: `owner=nobody` asks for tokens without an owner; `state=all` for revoked ones too.
NOBODY, ALL_STATES = "nobody", "all"

WORDS: dict[str, type[StrEnum]] = {
    "environment": Environment,
    "scope": Scope,
    "state": State,
    "health": Health,
    "flag": Flag,
}
FREE = ("company", "integration", "owner")
#: Numbers of policies, 1 the base one.
NUMBERS = ("policy",)
SORTS = ("due", "integration", "company", "age", "health", "last_used", "stored")
NAMES = ("q", *FREE, *WORDS, *NUMBERS, "sort")


class TokenInQuery(InvalidInput):
    """The search text looks like a token: it is refused and must not stay in an address."""

    def __init__(self) -> None:
        super().__init__(
            "this looks like a token, which has no place in an address; ask “Which token is this?”",
            field="q",
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """A parsed query. `company` and `integration` hold ids or exact names, `owner` e-mails."""

    q: str = ""
    company: tuple[str, ...] = ()
    integration: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    sort: str = "due"
    all_states: bool = False

    @classmethod
    def parse(cls, query: Mapping[str, Any], *, all_states: bool = False) -> Filters:
        """Read a query dict (Django's QueryDict or a plain mapping).

        `all_states`: whether an unasked state means every state (API, export) or, as on the page,
        all but revoked. Raises InvalidInput naming the parameter; TokenInQuery for a `q`.
        """
        text = " ".join(_texts(query, "q"))
        if looks_like_token(text):
            raise TokenInQuery
        states = _texts(query, "state")
        return cls(
            q=text,
            **{name: _free(query, name) for name in FREE},
            **{name: _words(query, name) for name in WORDS if name != "state"},
            **{name: _numbers(query, name) for name in NUMBERS},
            state=_known("state", [word for word in states if word != ALL_STATES]),
            sort=_sort(_texts(query, "sort")),
            all_states=all_states or ALL_STATES in states,
        )

    @property
    def leaves_out_revoked(self) -> bool:
        """Whether revoked tokens are left out because nothing was asked that could mean them."""
        return not (self.all_states or self.state or self.flag or self.q)

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def sort_word(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def active(self) -> bool:
        """Whether anything is filtered at all."""
        return any(getattr(self, name) for name in NAMES if name != "sort")

    def without(self, *names: str) -> Filters:
        """The same, with these names back at their defaults."""
        defaults = Filters()
        return replace(self, **{name: getattr(defaults, name) for name in names})

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values as they stand in an address; defaults are left out."""
        found = [("q", self.q)] if self.q else []
        found += [
            (name, value) for name in (*FREE, *WORDS, *NUMBERS) for value in getattr(self, name)
        ]
        if self.all_states and not self.state:
            found.append(("state", ALL_STATES))
        return found + ([("sort", self.sort)] if self.sort != "due" else [])

    def query(self, **changes: object) -> str:
        """The address's query with some names changed (None or "" drops one)."""
        kept = [pair for pair in self.pairs() if pair[0] not in changes]
        added = [(name, str(value)) for name, value in changes.items() if value not in (None, "")]
        return urlencode(kept + added)


def _texts(query: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(query, "getlist", None)
    raw: Iterable[Any]
    if getlist is not None:
        raw = getlist(name)
    else:
        value = query.get(name, ())
        raw = (value,) if isinstance(value, str) else value
    texts = [str(value).strip() for value in raw]
    if any(len(text) > LONGEST or not text.isprintable() for text in texts):
        raise InvalidInput(f"is longer than {LONGEST} characters or unreadable", field=name)
    return [text for text in texts if text]


def _free(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = _texts(query, name)
    if any(looks_like_token(text) for text in texts):
        raise InvalidInput("this looks like a token, which has no place in an address", field=name)
    return tuple(dict.fromkeys(texts))


def _numbers(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = _texts(query, name)
    if not all(text.isascii() and text.isdigit() and len(text) <= DIGITS for text in texts):
        raise InvalidInput("is not the number of one", field=name)
    return tuple(dict.fromkeys(texts))


def _words(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return _known(name, _texts(query, name))


def _known(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    allowed = [word.value for word in WORDS[name]]
    found = tuple(dict.fromkeys(texts))
    if any(text not in allowed for text in found):
        raise InvalidInput("is not one of " + ", ".join(allowed), field=name)
    return found


def _sort(texts: list[str]) -> str:
    if not texts:
        return "due"
    if len(texts) > 1 or texts[0].removeprefix("-") not in SORTS:
        raise InvalidInput("is not one of " + ", ".join(SORTS), field="sort")
    return texts[0]
