"""What a search finds is what the columns contain, whichever way the database looks for it."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.selectors import build
from tokens.models import Token
from tokens.policy.settings import DEFAULT
from tokens.selectors import search
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.kept import standing

NOW = build.NOW
pytestmark = pytest.mark.django_db

#: Short on purpose, so that words of one to four characters meet them; with all that LIKE knows.
LETTERS = "aAbBßéÉ%_\\'7"
names = st.text(LETTERS, min_size=1, max_size=4)
rows = st.tuples(names, names, st.none() | names, st.text(LETTERS, max_size=4), names)


def one_by_one(text: str) -> set[object]:
    """Every word in one of the joined columns: the search as it is meant, without any index."""
    found = Token.objects.all()
    for word in text.split():
        hint = Q(hint__iendswith=word) if len(word) >= search.SHOWN else Q()
        found = found.filter(
            hint
            | Q(integration__name__icontains=word)
            | Q(company__name__icontains=word)
            | Q(owner__email__icontains=word)
            | Q(label__icontains=word)
        )
    return set(found.values_list("pk", flat=True))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    made=st.lists(rows, min_size=1, max_size=5),
    text=st.lists(names, min_size=1, max_size=3).map(" ".join),
    many=st.sampled_from([0, 1, 500]),
)
def test_a_search_finds_what_contains_the_words(
    made: list[tuple[str, str, str | None, str, str]], text: str, many: int
) -> None:
    before, search.MANY = search.MANY, many
    try:
        with transaction.atomic():
            for place, (company, integration, owner, label, end) in enumerate(made):
                build.token(
                    company=company,
                    integration=integration,
                    owner=owner,
                    label=f"{place}{label}",
                    hint=f"sk_…{end:>4}".replace(" ", "x"),
                )
            filters = Filters(q=text)
            _, named = standing(NOW, text)
            expected = one_by_one(text)
            for asked in (None, named):
                found = inventory(filters, DEFAULT, NOW, named=asked)
                assert set(found.values_list("pk", flat=True)) == expected
            transaction.set_rollback(True)
    finally:
        search.MANY = before


def test_words_are_looked_for_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    build.token()
    with django_assert_num_queries(1):
        stand, named = standing(NOW, "acme supplier team")
    assert stand.head
    with django_assert_num_queries(1):
        assert inventory(Filters(q="acme supplier"), DEFAULT, NOW, named=named).count() == 0
    with django_assert_num_queries(0):
        assert search.matches("").condition() == Q()
