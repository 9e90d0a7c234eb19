"""Kept counts say what the pure rules say, whatever happened since they were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.selectors import build
from tokens.audit.actors import command_line
from tokens.errors import DomainError
from tokens.models import Person, Secret, Token
from tokens.policy.roles import EVERYTHING, NOTHING, Reach
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Flag, Health
from tokens.selectors.counts import EVERY, MATCHING, counts
from tokens.selectors.facts import rows
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.kept import Kept, kept, standing
from tokens.selectors.within import tokens_within
from tokens.services.compromise import mark_compromised
from tokens.services.edit_token import edit_token
from tokens.services.leaving import set_leaving
from tokens.services.pulse import beat
from tokens.services.record_revocation import record_revocation

NOW = build.NOW
ACTOR = command_line()
pytestmark = pytest.mark.django_db
#: No two sweeps end at the same moment.
_SWEEPS = count()
QUERIES = ("", "state=all", "flag=overdue&flag=ownerless", "environment=production", "q=acme")


def kept_counts(query: str, now: object = NOW, reach: Reach = EVERYTHING) -> dict[str, int]:
    filters = Filters.parse(QueryDict(query))
    stand, named = standing(now, filters.q)  # type: ignore[arg-type]
    return counts(filters, DEFAULT, stand, reach, named)


def by_rules(query: str, now: object = NOW, reach: Reach = EVERYTHING) -> dict[str, int]:
    """The same from the pure rules, token by token, never kept."""
    filters = Filters.parse(QueryDict(query))
    asked = replace(filters, flag=())
    found = list(rows(inventory(asked, DEFAULT, now, tokens_within(reach)), DEFAULT, now))  # type: ignore[arg-type]
    listed = inventory(filters, DEFAULT, now, tokens_within(reach)).count()  # type: ignore[arg-type]
    flags = Counter(flag for row in found for flag in row.flags)
    return {
        EVERY: len(found),
        MATCHING: listed,
        **{flag.value: flags[flag.value] for flag in Flag},
    }


def _owner(token: Token, step: int) -> None:
    email = "" if step % 2 else "other@acme.example"
    edit_token(token=token, owner_email=email, actor=ACTOR, now=NOW)


def _leaves(token: Token, step: int) -> None:
    person = Person.objects.get(email="owner@acme.example")
    days = NOW.date() - timedelta(days=step)
    set_leaving(person=person, leaving_on=None, left_on=days, actor=ACTOR, now=NOW)


def _revoke(token: Token, step: int) -> None:
    record_revocation(token=token, reason="over", by="a@acme.example", actor=ACTOR, now=NOW)


def _compromise(token: Token, step: int) -> None:
    mark_compromised(token=token, reason="seen", by="a@acme.example", actor=ACTOR, now=NOW)


def _reissued(token: Token, step: int) -> None:
    edit_token(token=token, issued_at=NOW - timedelta(days=40 * step), actor=ACTOR, now=NOW)


def _swept(token: Token, step: int) -> None:
    """What a sweep writes without an entry, and the pulse with which it ends."""
    at = NOW - timedelta(hours=30 * step)
    Secret.objects.filter(pk=token.secret_id).update(last_conclusive_at=at, last_used_at=at)
    Token.objects.filter(pk=token.pk).update(company_mismatch=bool(step % 2))
    beat("sweep", now=NOW + timedelta(microseconds=next(_SWEEPS)))


def _entered(token: Token, step: int) -> None:
    build.token(label=f"new {Token.objects.count()}", stored_at=NOW - timedelta(days=step))
    edit_token(token=token, label=f"renamed {Token.objects.count()}", actor=ACTOR, now=NOW)


ACTS: list[Callable[[Token, int], None]] = [
    _owner, _leaves, _revoke, _compromise, _reissued, _swept, _entered,
]  # fmt: skip


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 3)), max_size=6
    ),
    query=st.sampled_from(QUERIES),
)
def test_counts_follow_whatever_services_do(
    acts: list[tuple[Callable[[Token, int], None], int, int]], query: str
) -> None:
    with transaction.atomic():
        kept.forget()
        for place in range(3):
            build.token(label=str(place), health=Health.VALID)
        assert kept_counts(query) == by_rules(query)
        for act, place, step in acts:
            token = Token.objects.select_related("secret").order_by("pk")[place]
            try:
                with transaction.atomic():
                    act(token, step)
            except DomainError:
                continue  # not everything can be done twice
            assert kept_counts(query) == by_rules(query), act
        transaction.set_rollback(True)


def test_what_is_kept_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    build.token()
    with django_assert_num_queries(2):  # how the facts stand, and the counts
        kept_counts("")
    with django_assert_num_queries(1):
        kept_counts("")


@pytest.mark.parametrize(
    ("column", "later", "flag"),
    [
        ({"last_conclusive_at": NOW - timedelta(hours=48)}, timedelta(minutes=1), Flag.STALE),
        ({"due_at": NOW.replace(hour=0, minute=0)}, timedelta(days=1), Flag.OVERDUE),
    ],
)
def test_the_clock_alone_changes_counts(
    column: dict[str, object], later: timedelta, flag: Flag
) -> None:
    build.token(**column)
    assert kept_counts("")[flag] == 0
    assert kept_counts("", NOW + later)[flag] == 1


def test_nobody_is_told_another_company_s_numbers() -> None:
    ours, theirs = build.token(company="Acme GmbH"), build.token(company="Other Ltd", owner=None)
    reach = Reach(frozenset({ours.company_id}))
    everything = kept_counts("")
    assert (everything[EVERY], everything[Flag.OWNERLESS]) == (2, 1)
    mine = kept_counts("", reach=reach)
    assert (mine[EVERY], mine[Flag.OWNERLESS]) == (1, 0)
    assert kept_counts("", reach=Reach(frozenset({theirs.company_id})))[Flag.OWNERLESS] == 1
    assert kept_counts("", reach=NOTHING)[EVERY] == 0
    assert kept_counts("") == everything


def test_only_the_latest_answers_are_kept() -> None:
    some = Kept(most=2)
    for key in ("a", "b"):
        some.keep(key, key.upper())
    assert some.get("a", lambda: "asked anew") == "A"
    some.keep("c", "C")
    assert some.seen("b") is None
    assert (some.seen("a"), some.seen("c")) == ("A", "C")
