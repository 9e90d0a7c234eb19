"""What the inventory's filters offer to choose from, and what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tokens.policy.book import BASE, Book
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Environment, Health, Scope, State
from tokens.selectors.choices import MANY, Choice, Choices, read_choices
from tokens.selectors.filters import ALL_STATES, NOBODY, Filters
from tokens.selectors.within import tokens_within
from tokens.web.words import FLAG_WORDS, HEALTH_WORDS, STATE_WORDS

#: So many flags stand above the list, "All" among them; the others are folded.
CHIPS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter. `typed`: a text field with suggestions stands in the place of a list."""

    name: str
    label: str
    every: str
    choices: tuple[Choice, ...]
    chosen: str
    typed: bool = False

    @property
    def options(self) -> SafeString:
        """What there is to choose from, as HTML; hundreds of names at times."""
        found = []
        for value, words in self.choices:
            on = " selected" if value == self.chosen and not self.typed else ""
            found.append(f'<option value="{escape(value)}"{on}>{escape(words)}</option>')
        return mark_safe("".join(found))  # noqa: S308 - value and words are escaped above


@dataclass(frozen=True, slots=True)
class Chip:
    """One flag above the list with how many tokens carry it."""

    words: str
    count: int
    query: str
    on: bool


def facets(
    filters: Filters,
    book: Book | None = None,
    reach: Reach = EVERYTHING,
    named: Choices | None = None,
) -> list[Facet]:
    """All filters but flag and search text.

    `book`: with it also by policy, where there are several. `reach`: what is offered; `named`: the
    names in it, where the caller knows them, else they are asked for here, in one query.
    """
    named = named or read_choices(reach)
    return [
        _listed(filters, "company", "Company", "Any company", named.companies),
        _listed(filters, "integration", "Integration", "Any integration", named.integrations),
        _words(filters, "environment", "Environment", "Any environment", Environment),
        _words(filters, "scope", "Scope", "Any scope", Scope),
        _listed(filters, "owner", "Owner", "Any owner", [(NOBODY, "nobody"), *named.owners]),
        _state(filters),
        _words(filters, "health", "Health", "Any health", Health, HEALTH_WORDS),
        *_policies(filters, book or Book(), reach),
    ]


@dataclass(frozen=True, slots=True)
class Chips:
    """What stands above the list at once, what is asked for among it, and what can be unfolded."""

    first: tuple[Chip, ...]
    rest: tuple[Chip, ...]


def folded(chips: list[Chip]) -> Chips:
    """The gravest first; one or two more are not worth folding."""
    if len(chips) <= CHIPS_SHOWN + 2:
        return Chips(tuple(chips), ())
    later = [chip for chip in chips[CHIPS_SHOWN:] if not chip.on]
    return Chips(tuple(chip for chip in chips if chip not in later), tuple(later))


def chips(filters: Filters, counts: dict[str, int]) -> list[Chip]:
    """All, and every flag that some token carries or that is asked for."""
    found = [Chip("All", counts[""], filters.query(flag=None), not filters.flag)]
    for flag, (words, _) in FLAG_WORDS.items():
        if counts[flag] or flag in filters.flag:
            query = filters.query(flag=flag)
            found.append(Chip(words, counts[flag], query, flag in filters.flag))
    return found


def _listed(
    filters: Filters, name: str, label: str, every: str, choices: Sequence[Choice]
) -> Facet:
    """A list to choose from, or, where there are many, a text field with names to type."""
    chosen = next(iter(getattr(filters, name)), "")
    typed = len(choices) > MANY
    if typed:
        choices = [(value if value == NOBODY else words, words) for value, words in choices]
    # An exact name in the address finds its place in the list, as its id does.
    known = next((value for value, words in choices if chosen in {value, words}), chosen)
    if known and not typed and known not in {value for value, _ in choices}:
        choices = [*choices, (known, known)]
    return Facet(name, label, every, tuple(choices), known, typed)


def _words(
    filters: Filters,
    name: str,
    label: str,
    every: str,
    words: type[StrEnum],
    shown: Mapping[str, str] | None = None,
) -> Facet:
    choices = tuple((word.value, (shown or {}).get(word.value, word.value)) for word in words)
    return Facet(name, label, every, choices, next(iter(getattr(filters, name)), ""))


def _policies(filters: Filters, book: Book, reach: Reach) -> list[Facet]:
    """Where not all is in reach, those of tokens that are: a policy may be called as a company."""
    offered = list(book.by_weight)
    if offered and not reach.whole:
        held = set(tokens_within(reach).order_by().values_list("policy", flat=True).distinct())
        offered = [one for one in offered if one.id in held]
    if not (offered or filters.policy):
        return []
    choices = [(str(BASE), "Base policy"), *((str(one.id), one.name) for one in offered)]
    return [_listed(filters, "policy", "Policy", "Any policy", choices)]


def _state(filters: Filters) -> Facet:
    choices = [(state.value, STATE_WORDS[state.value]) for state in State]
    choices.append((ALL_STATES, "All, revoked ones too"))
    chosen = next(iter(filters.state), ALL_STATES if filters.all_states else "")
    every = "All" if filters.flag or filters.q else "All but revoked"
    return Facet("state", "State", every, tuple(choices), chosen)
