"""Conditions that depend on the numbers of each token's own policy, as one condition on `Token`."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from tokens.policy.book import InForce, book_of
from tokens.policy.settings import Rules


def by_policy(rules: InForce, condition: Callable[[Rules], Q], *, column: str = "policy") -> Q:
    """An "or" over the policies that ask for different things; `column` says which one holds.

    Where all of them ask for the same, as where there is only the base one, it is that alone.
    """
    book = book_of(rules)
    base = condition(book.base)
    apart: dict[Q, list[int]] = {}
    for one in book.others:
        asked = condition(one.rules)
        if asked != base:
            apart.setdefault(asked, []).append(one.id)
    if not apart:
        return base
    elsewhere = [policy for policies in apart.values() for policy in policies]
    found = base & (Q(**{f"{column}__isnull": True}) | ~Q(**{f"{column}__in": elsewhere}))
    for asked, policies in apart.items():
        found |= asked & Q(**{f"{column}__in": policies})
    return found
