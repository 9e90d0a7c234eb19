"""The inventory: filtered, searched, counted by flag; each condition is the database's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Model, Q, QuerySet, Subquery

from tokens.models import Company, Integration, Person, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import BASE, InForce
from tokens.policy.vocabulary import Flag, State
from tokens.selectors.filters import NOBODY, Filters
from tokens.selectors.search import Matches, matches

_BIGGEST_ID = 2**63 - 1


def inventory(
    filters: Filters,
    rules: InForce,
    now: datetime,
    among: QuerySet[Token] | None = None,
    named: Matches | None = None,
) -> QuerySet[Token]:
    """The tokens that a query asks for, in no particular order; `among`: of these alone.

    `named`: `matches(filters.q)`, where the caller has asked already; else it is asked here, in a
    query of its own where there are words to search for.
    """
    whole = Token.objects.all() if among is None else among
    found = matches(filters.q) if named is None else named
    return whole.filter(condition(filters, rules, now), found.condition()).order_by()


def condition(filters: Filters, rules: InForce, now: datetime) -> Q:
    """All of a query's filters but the search text, as one condition on `Token`."""
    asked = Q()
    if filters.leaves_out_revoked:
        asked &= ~Q(state=State.REVOKED.value)
    asked &= _any("environment__in", filters.environment)
    asked &= _any("scope__in", filters.scope)
    asked &= _any("state__in", filters.state)
    asked &= _any("secret__health__in", filters.health)
    asked &= _each(filters.company, _company)
    asked &= _each(filters.integration, _integration)
    asked &= _each(filters.owner, _owner)
    asked &= _each(filters.policy, _policy)
    return asked & any_flag(filters, rules, now)


def any_flag(filters: Filters, rules: InForce, now: datetime) -> Q:
    """Tokens that carry one of the flags asked for; where none is, all."""
    return _each(filters.flag, lambda word: flagged(Flag(word), rules=rules, now=now))


def flag_counts(
    filters: Filters, rules: InForce, now: datetime, among: QuerySet[Token] | None = None
) -> dict[str, int]:
    """How many tokens carry each flag under the other filters, in one query; key "" is all.

    Counted anew each time; `counts.counts` keeps what it finds.
    """
    base = inventory(filters.without("flag"), rules, now, among)
    # Named apart from the columns of the same name, which other flags ask for.
    counts = {
        f"has_{flag.value}": Count("pk", filter=flagged(flag, rules=rules, now=now))
        for flag in Flag
    }
    found = base.aggregate(every=Count("pk"), **counts)
    return {"": found["every"], **{flag.value: found[f"has_{flag.value}"] for flag in Flag}}


def _any(lookup: str, values: tuple[str, ...]) -> Q:
    return Q(**{lookup: values}) if values else Q()


def _each(values: tuple[str, ...], one: Callable[[str], Q]) -> Q:
    found = Q()
    for value in values:
        found |= one(value)
    return found


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _company(text: str) -> Q:
    """By id, by Coolset's own number of the workspace, or by exact name."""
    if (key := _as_id(text)) is not None:
        return Q(company_id=key)
    found = _called("company", Company, name=text)
    if text.isascii() and text.isdigit() and int(text) <= _BIGGEST_ID:
        found |= _called("company", Company, workspace_id=int(text))
    return found


def _integration(text: str) -> Q:
    key = _as_id(text)
    named = _called("integration", Integration, name=text)
    return named if key is None else Q(integration_id=key)


def _called(about: str, model: type[Model], **unique: object) -> Q:
    """Tokens of the one that is called so. As one value, not as a join: an index that begins with
    it has its tokens in the order of the list."""
    found = model._default_manager.filter(**unique).order_by().values("pk")
    return Q(**{about: Subquery(found[:1])})


def _policy(number: str) -> Q:
    return Q(policy__isnull=True) if int(number) == BASE else Q(policy=int(number))


def _owner(text: str) -> Q:
    return Q(owner__isnull=True) if text == NOBODY else _called("owner", Person, email=text.lower())
