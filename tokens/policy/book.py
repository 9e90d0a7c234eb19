"""Which policy holds for a token, and why: by hand, else the most specific one, else the base.

A policy names any of integration, company, scope and environment, and fits the tokens that have all
of what it names. Of several that fit, the one that names more wins; of as many, the one that names
the integration, then the company, then the scope, then the environment: the nearer to one piece of
software, the more its owner knows about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from tokens.policy.settings import DEFAULT, Rules

#: The id of the policy that holds wherever no other does.
BASE = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token stands: what policies go by."""

    company: UUID
    integration: UUID
    environment: str
    scope: str


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A policy beside the base one. None and "" mean any; with none named it is for hands only."""

    id: int
    name: str
    rules: Rules
    company: UUID | None = None
    company_name: str = ""
    integration: UUID | None = None
    integration_name: str = ""
    environment: str = ""
    scope: str = ""

    @property
    def names(self) -> tuple[bool, bool, bool, bool]:
        """Which of integration, company, scope and environment it names, in order of weight."""
        return (
            self.integration is not None,
            self.company is not None,
            bool(self.scope),
            bool(self.environment),
        )

    @property
    def weight(self) -> tuple[object, ...]:
        """Sorts the most specific last; no two that fit one token are equal in it."""
        return (sum(self.names), self.names, -self.id)

    def fits(self, place: Place) -> bool:
        return any(self.names) and (
            self.integration in (None, place.integration)
            and self.company in (None, place.company)
            and self.scope in ("", place.scope)
            and self.environment in ("", place.environment)
        )

    @property
    def about(self) -> str:
        """What it holds for, in words: "admin tokens of Supplier portal at Acme GmbH"."""
        if not any(self.names):
            return "tokens it was chosen for"
        words = " ".join(part for part in (self.environment, self.scope) if part)
        of = f" of {self.integration_name}" if self.integration else ""
        at = f" at {self.company_name}" if self.company else ""
        return f"{words} tokens{of}{at}".strip()


@dataclass(frozen=True, slots=True)
class Choice:
    """The policy that holds for a token (`policy` None: the base one), and why in a sentence."""

    policy: int | None
    name: str
    rules: Rules
    by_hand: bool
    why: str


@dataclass(frozen=True)
class Book:
    """All policies there are: the base one's numbers, and the others in any order."""

    base: Rules = DEFAULT
    others: tuple[PolicyFacts, ...] = field(default=())

    @cached_property
    def _rules(self) -> dict[int | None, Rules]:
        return {None: self.base, BASE: self.base, **{one.id: one.rules for one in self.others}}

    @cached_property
    def by_weight(self) -> tuple[PolicyFacts, ...]:
        """The other policies, the most specific first."""
        return tuple(sorted(self.others, key=lambda one: one.weight, reverse=True))

    def of(self, policy: int | None) -> Rules:
        """The numbers of one policy; None is the base one.

        The base counts, too, for one that was removed since the token was read.
        """
        return self._rules.get(policy, self.base)

    def without(self, policy: int) -> Book:
        """The book as it is once a policy was removed."""
        return Book(self.base, tuple(one for one in self.others if one.id != policy))

    def with_proposal(self, proposal: PolicyFacts) -> Book:
        """The book as it is once this one was saved, in the place of the one with its id."""
        if proposal.id == BASE:
            return Book(proposal.rules, self.others)
        return Book(self.base, (*self.without(proposal.id).others, proposal))

    def chosen(self, place: Place, assigned: int | None = None) -> Choice:
        """The policy that holds for a token at `place`; `assigned`: chosen for it by hand."""
        fitting = [one for one in self.by_weight if one.fits(place)]
        if assigned == BASE:
            return self._base(fitting, by_hand=True)
        for one in self.others:
            if one.id == assigned:
                why = f"policy “{one.name}” was chosen for this token by hand."
                return _choice(one, why, by_hand=True)
        if not fitting:
            return self._base(fitting, by_hand=False)
        first = fitting[0]
        why = f"policy “{first.name}” applies to {first.about}; it {self._beats(fitting)}."
        return _choice(first, why, by_hand=False)

    def _base(self, fitting: list[PolicyFacts], *, by_hand: bool) -> Choice:
        if by_hand:
            why = "the base policy was chosen for this token by hand."
        elif self.others:
            why = "the base policy, since no other one applies to this token."
        else:
            why = "the base policy, which applies to all tokens."
        why = f"{_days(self.base)}: {why}"
        return Choice(None, "", self.base, by_hand, why)

    def _beats(self, fitting: list[PolicyFacts]) -> str:
        if len(fitting) > 1:
            first, next_one = fitting[0], fitting[1]
            over = f"“{next_one.name}” of {_days(next_one.rules)}"
            if sum(first.names) == sum(next_one.names):
                return f"goes before {over}"
            return f"is more specific than {over}"
        return f"is more specific than the base policy of {_days(self.base)}"


#: What holds for tokens: numbers alone hold for every one of them.
InForce = Rules | Book


def book_of(rules: InForce) -> Book:
    """One policy for everything is a book, too."""
    return rules if isinstance(rules, Book) else Book(rules)


def _choice(one: PolicyFacts, why: str, *, by_hand: bool) -> Choice:
    return Choice(one.id, one.name, one.rules, by_hand, f"{_days(one.rules)}: {why}")


def _days(rules: Rules) -> str:
    return "1 day" if rules.rotate_days == 1 else f"{rules.rotate_days} days"
