"""Conditions that depend on each token's own policy, and that policy itself, as SQL."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Case, F, Q, SmallIntegerField, Value, When

from tokens.policy.book import BASE, Book, InForce, PolicyFacts, book_of
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


def fits(policy: PolicyFacts) -> Q:
    """Tokens that have all of what the policy names: `PolicyFacts.fits` as a condition."""
    named = {
        "company": policy.company,
        "integration": policy.integration,
        "environment": policy.environment,
        "scope": policy.scope,
    }
    named = {name: value for name, value in named.items() if value}
    return Q(**named) if named else Q(pk__in=[])


def chosen(book: Book) -> Case:
    """The id of the policy that holds for each token under `book`: `Book.chosen` as SQL."""
    by_hand = [BASE, *(one.id for one in book.others)]
    return Case(
        When(assigned_policy__in=by_hand, then=F("assigned_policy_id")),
        *(When(fits(one), then=Value(one.id)) for one in book.by_weight if any(one.names)),
        default=Value(BASE),
        output_field=SmallIntegerField(),
    )
