"""Whose tokens can be asked for: names to choose from, and how many there are of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast

from tokens.models import Person
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.kept import Standing, kept
from tokens.selectors.within import companies_within, integrations_within, tokens_within

#: From this many choices on typing a name is quicker than scrolling.
MANY = 300
NUMBERS = ("tokens", "companies", "integrations")
Choice = tuple[str, str]
_WORD: CharField[str, str] = CharField()


@dataclass(frozen=True, slots=True)
class Choices:
    """`companies`, `integrations`: (id, name); `owners`: (address, address) of who owns a token.
    Each sorted, and up to MANY + 1 of them. `numbers`: how many tokens (all but revoked ones),
    companies and integrations there are, by these words."""

    companies: tuple[Choice, ...]
    integrations: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    numbers: dict[str, int]


def choices(stand: Standing, reach: Reach = EVERYTHING) -> Choices:
    """All of it in one query, or in none while no fact has changed."""
    found = kept.get(("choices", stand.facts, reach), lambda: read_choices(reach))
    note_numbers(stand, reach, found.numbers)
    return found


def numbers(stand: Standing, reach: Reach = EVERYTHING) -> dict[str, int]:
    """How many tokens (all but revoked ones), companies and integrations there are, in one query or
    in none."""
    return kept.get(("numbers", stand.facts, reach), lambda: _read_numbers(reach))


def note_numbers(stand: Standing, reach: Reach, found: dict[str, int]) -> None:
    """Spare `numbers` what somebody has counted already."""
    kept.keep(("numbers", stand.facts, reach), found)


def _read_numbers(reach: Reach) -> dict[str, int]:
    first, *others = _number_parts(reach)
    found = {kind: int(value) for kind, value, _ in first.union(*others, all=True)}
    return {**dict.fromkeys(NUMBERS, 0), **found}


def number_rows(reach: Reach) -> dict[str, QuerySet[Any]]:
    """What is counted under each of NUMBERS."""
    return {
        "tokens": tokens_within(reach).exclude(state=State.REVOKED.value),
        "companies": companies_within(reach),
        "integrations": integrations_within(reach),
    }


def _number_parts(reach: Reach) -> list[QuerySet[Any, Any]]:
    return [_number(kind, rows) for kind, rows in number_rows(reach).items()]


def read_choices(reach: Reach = EVERYTHING) -> Choices:
    """The same, asked anew."""
    owns = tokens_within(reach).filter(owner=OuterRef("pk"))
    parts = (
        _named("company", companies_within(reach), "pk", "name"),
        _named("integration", integrations_within(reach), "pk", "name"),
        _named("owner", Person.objects.filter(Exists(owns)), "email", "email"),
        *_number_parts(reach),
    )
    found: dict[str, list[Choice]] = {"company": [], "integration": [], "owner": []}
    counted = dict.fromkeys(NUMBERS, 0)
    for kind, value, name in parts[0].union(*parts[1:], all=True):
        if kind in counted:
            counted[kind] = int(value)
        else:
            found[kind].append((value if kind == "owner" else str(UUID(value)), name))
    for named in found.values():
        named.sort(key=lambda choice: choice[1].casefold())
    return Choices(
        companies=tuple(found["company"]),
        integrations=tuple(found["integration"]),
        owners=tuple(found["owner"]),
        numbers=counted,
    )


def _named(kind: str, rows: QuerySet[Any], value: str, name: str) -> QuerySet[Any, Any]:
    # The limit stands in a sub-select, since SQLite takes none in a part of a union.
    first = rows.order_by(name).values("pk")[: MANY + 1]
    limited: QuerySet[Any] = rows.model.objects.filter(pk__in=first).order_by()
    return limited.values_list(
        Value(kind, output_field=_WORD), Cast(value, _WORD), Cast(name, _WORD), named=False
    )


def _number(kind: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """One row with the number, or none where there is nothing to count."""
    named = rows.order_by().annotate(kind=Value(kind, output_field=_WORD)).values("kind")
    counted: QuerySet[Any, Any] = named.annotate(
        number=Cast(Count("pk"), _WORD), nothing=Value("", output_field=_WORD)
    )
    return counted.values_list("kind", "number", "nothing")
