"""Lists that are looked for in parts are the lists that one condition finds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.selectors import build
from tokens.models import Company, Person, Token
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health
from tokens.selectors import search
from tokens.selectors.filters import SORTS, Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.paging import OF_FEW, page
from tokens.selectors.search import matches

NOW = build.NOW
pytestmark = pytest.mark.django_db
HEALTHS = (Health.VALID, Health.FAILING, Health.UNCHECKED, Health.INSUFFICIENT)
QUERIES = (
    "acme",
    "acme box",
    "box acme",
    "0001",
    "owner acme 1",
    "ACME%",
    "nothing",
)


@pytest.fixture(autouse=True)
def _lived_in() -> None:
    for place in range(12):
        build.token(
            company=f"Acme {place % 4}",
            integration=f"box{place % 2}",
            owner=f"owner{place % 3}@acme.example",
            created_by=f"owner{place % 2}@acme.example",
            label=f"acme{place}",
            hint=f"sk_live_…{place:04}",
            due_at=NOW + timedelta(days=place // 3),
            health=HEALTHS[place % 4],
        )
    Person.objects.filter(email="owner1@acme.example").update(left_on=NOW.date())
    Company.objects.filter(name="Acme 2").update(workspace_type="inactive")


def _all_pages(filters: Filters, size: int) -> list[object]:
    found: list[object] = []
    cursor = ""
    while True:
        one = page(filters, DEFAULT, NOW, cursor, size)
        found += [row.id for row in one.rows]
        if not one.next:
            return found
        cursor = one.next


@pytest.mark.parametrize("few", [0, 1, 5])
@pytest.mark.parametrize("text", QUERIES)
def test_the_parts_of_a_search_are_together_what_it_finds(
    text: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    whole = set(inventory(Filters(q=text), DEFAULT, NOW).values_list("pk", flat=True))
    found: set[object] = set()
    for part in matches(text).parts():
        found |= set(Token.objects.filter(part).values_list("pk", flat=True))
    assert found == whole
    assert bool(found) == (text not in {"nothing", "ACME%"})


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{sort}" for sort in SORTS)])
@pytest.mark.parametrize(
    "query", [{"q": "acme"}, {"q": "owner1"}, *({"flag": flag.value} for flag in sorted(OF_FEW))]
)
def test_every_order_shows_each_row_once_in_the_same_place(
    query: dict[str, str], sort: str
) -> None:
    filters = Filters.parse({**query, "sort": sort})
    at_once = _all_pages(filters, 100)
    expected = set(inventory(filters, DEFAULT, NOW).values_list("pk", flat=True))
    assert expected
    assert _all_pages(filters, 2) == at_once
    assert len(at_once) == len(expected)
    assert set(at_once) == expected


def test_a_company_is_found_by_id_number_and_name() -> None:
    company = Company.objects.get(name="Acme 3")
    Company.objects.filter(pk=company.pk).update(workspace_id=77)
    theirs = set(Token.objects.filter(company=company).values_list("pk", flat=True))
    for text in (str(company.pk), "77", "Acme 3"):
        found = inventory(Filters(company=(text,)), DEFAULT, NOW)
        assert set(found.values_list("pk", flat=True)) == theirs, text
    assert not inventory(Filters(company=("Acme 9",)), DEFAULT, NOW).exists()
