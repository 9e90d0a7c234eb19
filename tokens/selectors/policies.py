"""Policies as their page lists them: the most specific first, the base one last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from tokens.models import Token
from tokens.policy.book import BASE, Book, PolicyFacts
from tokens.policy.vocabulary import State


@dataclass(frozen=True, slots=True)
class Listed:
    """A policy, and how many tokens that are not revoked go by it."""

    policy: PolicyFacts
    tokens: int

    @property
    def is_base(self) -> bool:
        return self.policy.id == BASE

    @property
    def title(self) -> str:
        return self.policy.name or "Base policy"

    @property
    def about(self) -> str:
        return "all other tokens" if self.is_base else self.policy.about


def listed(book: Book) -> list[Listed]:
    """All policies; one query."""
    counts = counts_by_policy()
    base = PolicyFacts(BASE, "", book.base)
    return [Listed(one, counts.get(one.id, 0)) for one in (*book.by_weight, base)]


def counts_by_policy() -> dict[int, int]:
    """How many tokens that are not revoked go by each policy."""
    found = Token.objects.exclude(state=State.REVOKED.value).order_by().values("policy")
    rows = found.annotate(number=Count("pk")).values_list("policy", "number")
    return {policy or BASE: number for policy, number in rows}
