"""Which companies a list of workspaces offers, beside those that are known already.

Source: shared/coolset-api.md: how an entry's `workspace_id` and `id` relate is unknown, so either
matches a recorded workspace id. Names are never taken for proof: they only propose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tokens.policy.fields import Invalid
from tokens.policy.register import clean_name


class Kind(StrEnum):
    KNOWN = "known"  # a company with this workspace id is here
    CONNECT = "connect"  # one of this name is here, and nobody recorded its workspace id
    NEW = "new"
    TAKEN = "taken"  # one of this name is here with another workspace id
    NAMELESS = "nameless"  # Coolset gave no name that could be recorded


#: What a tick can do something about.
TICKED = frozenset({Kind.CONNECT, Kind.NEW})


@dataclass(frozen=True, slots=True)
class Listed:
    """One workspace as Coolset listed it; names and types are cleaned, and may be empty."""

    workspace_id: int | None
    id: int | None
    name: str
    type: str = ""

    @property
    def number(self) -> int | None:
        """The id that is recorded for its company."""
        return self.workspace_id if self.workspace_id is not None else self.id


@dataclass(frozen=True, slots=True)
class Offer:
    """One workspace with what it is here. `name` is the known company's, else Coolset's."""

    kind: Kind
    number: int
    name: str
    type: str
    listed_as: str


def offers(
    listed: Iterable[Listed], by_number: Mapping[int, str], by_name: Mapping[str, int | None]
) -> tuple[Offer, ...]:
    """The workspaces by name; `by_number`: names of known companies by workspace id, `by_name`:
    their workspace ids by name. Of entries with one number the first counts."""
    found: dict[int, Offer] = {}
    for one in listed:
        if one.number is not None and one.number not in found:
            found[one.number] = _offer(one, one.number, by_number, by_name)
    return tuple(sorted(found.values(), key=lambda offer: (offer.name.lower(), offer.number)))


def _offer(
    one: Listed, number: int, by_number: Mapping[int, str], by_name: Mapping[str, int | None]
) -> Offer:
    for key in (one.workspace_id, one.id):
        if key is not None and key in by_number:
            return Offer(Kind.KNOWN, key, by_number[key], one.type, one.name)
    name = _recordable(one.name)
    if not name:
        return Offer(Kind.NAMELESS, number, "", one.type, "")
    if name not in by_name:
        return Offer(Kind.NEW, number, name, one.type, name)
    kind = Kind.CONNECT if by_name[name] is None else Kind.TAKEN
    return Offer(kind, number, name, one.type, name)


def _recordable(name: str) -> str:
    """The name as a company's, or "" where none could have it."""
    try:
        return clean_name(name, "company")
    except Invalid:
        return ""
