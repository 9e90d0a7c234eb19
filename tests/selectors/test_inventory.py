"""Filters, search, counts and pages of the inventory."""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import pairwise

import pytest
from django.http import QueryDict

from tests.selectors import build
from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health, Proof, State
from tokens.selectors.facts import of_token, one, rows
from tokens.selectors.filters import SORTS, Filters, TokenInQuery
from tokens.selectors.inventory import flag_counts, inventory
from tokens.selectors.paging import Page, page
from tokens.web.lookup import token_or_404

NOW = build.NOW
pytestmark = pytest.mark.django_db


def found(query: str, *, all_states: bool = False) -> set[str]:
    filters = Filters.parse(QueryDict(query), all_states=all_states)
    return {row.label for row in rows(inventory(filters, DEFAULT, NOW), DEFAULT, NOW)}


@pytest.fixture
def stock() -> dict[str, Token]:
    return {
        "plain": build.token(label="plain"),
        "dev": build.token(label="dev", environment="development", scope="admin", owner=None),
        "failing": build.token(
            label="failing", company="Béton & Söhne", health=Health.FAILING, hint="sk_live_…77d0"
        ),
        "old": build.token(label="old", integration="ERP 100%", issued_at=build.ago(days=120)),
        "replaced": build.token(label="replaced", state=State.REPLACED),
        "revoked": build.token(label="revoked", state=State.REVOKED, proof=Proof.CONTRADICTED),
    }


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("", {"plain", "dev", "failing", "old", "replaced"}),
        ("state=all", {"plain", "dev", "failing", "old", "replaced", "revoked"}),
        ("state=revoked", {"revoked"}),
        ("state=active&state=revoked", {"plain", "dev", "failing", "old", "revoked"}),
        ("flag=revocation_contradicted", {"revoked"}),
        ("flag=overdue&flag=ownerless", {"old", "dev"}),
        ("flag=overdue&environment=development", set()),
        ("environment=development", {"dev"}),
        ("scope=admin", {"dev"}),
        ("health=failing", {"failing"}),
        ("owner=nobody", {"dev"}),
        ("owner=OWNER@acme.example&state=revoked", {"revoked"}),
        ("company=B%C3%A9ton+%26+S%C3%B6hne", {"failing"}),
        ("company=nobody+knows", set()),
        ("q=77d0", {"failing"}),
        ("q=7d0", set()),
        ("q=erp", {"old"}),
        ("q=100%25", {"old"}),
        ("q=%25", {"old"}),
        ("q=supplier+acme+plain", {"plain"}),
        ("q=revoked", {"revoked"}),
    ],
)
def test_what_a_query_finds(stock: dict[str, Token], query: str, labels: set[str]) -> None:
    assert found(query) == labels


def test_a_company_is_found_by_id_and_by_workspace(stock: dict[str, Token]) -> None:
    company = stock["failing"].company
    company.workspace_id = 4711
    company.save()
    assert found(f"company={company.pk}") == {"failing"}
    assert found("company=4711") == {"failing"}
    assert found("company=" + "9" * 40) == set()
    assert found(f"integration={stock['old'].integration_id}") == {"old"}


def test_asking_for_all_states_leaves_nothing_out(stock: dict[str, Token]) -> None:
    assert found("", all_states=True) == set(stock)
    assert Filters.parse(QueryDict("")).leaves_out_revoked
    assert not Filters.parse(QueryDict("q=acme")).leaves_out_revoked


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=gone", "state"),
        ("flag=overdue&flag=late", "flag"),
        ("health=well", "health"),
        ("environment=prod", "environment"),
        ("scope=root", "scope"),
        ("sort=colour", "sort"),
        ("sort=due&sort=age", "sort"),
        ("sort=--due", "sort"),
        ("q=a%00b", "q"),
        ("company=" + "x" * 300, "company"),
    ],
)
def test_an_unknown_value_names_its_field_and_is_not_repeated(query: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Filters.parse(QueryDict(query))
    assert caught.value.field == field
    assert "gone" not in caught.value.message
    assert "colour" not in caught.value.message


@pytest.mark.parametrize("field", ["q", "company", "integration", "owner", "flag"])
def test_a_token_in_the_address_is_refused_without_an_echo(field: str) -> None:
    value = "sk_" + "live_" + secrets.token_hex(12)
    with pytest.raises(InvalidInput) as caught:
        Filters.parse({field: value})
    assert caught.value.field == field
    assert isinstance(caught.value, TokenInQuery) == (field == "q")
    assert value not in str(caught.value)
    assert value[-6:] not in repr(caught.value)


def test_filters_survive_the_way_through_an_address() -> None:
    query = "q=acme&company=Acme&flag=overdue&flag=stale&state=all&sort=-age"
    filters = Filters.parse(QueryDict(query))
    assert Filters.parse(QueryDict(filters.query())) == filters
    assert "flag" not in filters.query(flag=None)
    assert "cursor=x" in filters.query(cursor="x")


def test_counts_by_flag_follow_the_other_filters(stock: dict[str, Token]) -> None:
    counts = flag_counts(Filters.parse(QueryDict("flag=overdue")), DEFAULT, NOW)
    assert (counts[""], counts["overdue"], counts["ownerless"]) == (5, 1, 1)
    assert counts["unrecorded_revocation"] == 1
    assert counts["revocation_contradicted"] == 0
    assert (
        flag_counts(Filters.parse({}, all_states=True), DEFAULT, NOW)["revocation_contradicted"]
        == 1
    )


def walk(filters: Filters, size: int) -> list[Page]:
    pages = [page(filters, DEFAULT, NOW, size=size)]
    while pages[-1].next:
        pages.append(page(filters, DEFAULT, NOW, pages[-1].next, size))
    return pages


def many() -> None:
    for place in range(23):
        build.token(
            label=str(place),
            company=f"Company {place % 3}",
            integration=f"Integration {place % 4}",
            issued_at=None if place % 5 == 0 else build.ago(days=place % 7),
            stored_at=build.ago(hours=place % 6),
            last_used_at=None if place % 3 == 0 else build.ago(hours=place % 4),
            health=[Health.VALID, Health.FAILING, Health.INSUFFICIENT][place % 3],
        )


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{sort}" for sort in SORTS)])
def test_pages_show_every_row_once_in_order_and_lead_back(sort: str) -> None:
    many()
    filters = Filters.parse({"sort": sort})
    whole = [row.id for row in page(filters, DEFAULT, NOW, size=100).rows]
    pages = walk(filters, 5)
    assert [row.id for each in pages for row in each.rows] == whole
    assert len(set(whole)) == 23
    assert [len(each.rows) for each in pages] == [5, 5, 5, 5, 3]
    assert pages[0].previous == ""
    for before, after in pairwise(pages):
        back = page(filters, DEFAULT, NOW, after.previous, 5)
        assert back.rows == before.rows
        assert bool(back.previous) == bool(before.previous)
        assert page(filters, DEFAULT, NOW, back.next, 5).rows == after.rows


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("due", lambda row: row.due_at),
        ("age", lambda row: -(row.issued_at or row.stored_at).timestamp()),
        ("integration", lambda row: row.integration),
        ("company", lambda row: row.company),
        ("health", lambda row: row.health),
        ("stored", lambda row: row.stored_at),
        ("last_used", lambda row: row.last_used_at or NOW - timedelta(days=9999)),
    ],
)
def test_an_order_is_what_its_name_says(sort: str, key: object) -> None:
    many()
    ordered = [key(row) for row in page(Filters.parse({"sort": sort}), DEFAULT, NOW).rows]  # type: ignore[operator]
    assert ordered == sorted(ordered)
    turned = [key(row) for row in page(Filters.parse({"sort": f"-{sort}"}), DEFAULT, NOW).rows]  # type: ignore[operator]
    assert turned == sorted(turned, reverse=True)


def test_a_page_survives_rows_that_come_and_go() -> None:
    many()
    filters = Filters.parse({"sort": "due"})
    first = page(filters, DEFAULT, NOW, size=10)
    Token.objects.filter(pk=first.rows[-1].id).delete()
    build.token(label="new", issued_at=build.ago(days=80))
    second = page(filters, DEFAULT, NOW, first.next, 10)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    assert len(second.rows) == 10


@pytest.mark.parametrize("cursor", ["x", "x" * 5000, "a:b:c", "é", ".:.", "eyJ:1:abc"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        page(Filters(), DEFAULT, NOW, cursor)
    assert caught.value.field == "cursor"


def test_a_cursor_is_good_for_its_own_order_alone() -> None:
    many()
    cursor = page(Filters(), DEFAULT, NOW, size=5).next
    with pytest.raises(InvalidInput):
        page(Filters(sort="-due"), DEFAULT, NOW, cursor, 5)


def test_a_page_is_two_queries(django_assert_num_queries: object) -> None:
    many()
    with django_assert_num_queries(2):  # type: ignore[operator]
        page(Filters(), DEFAULT, NOW)
    with django_assert_num_queries(3):  # type: ignore[operator]
        page(Filters(q="integration"), DEFAULT, NOW)
    with django_assert_num_queries(1):  # type: ignore[operator]
        flag_counts(Filters(), DEFAULT, NOW)


def test_a_token_that_was_read_makes_the_same_row(
    stock: dict[str, Token], django_assert_num_queries: object
) -> None:
    build.token(label="compromised", compromised_at=NOW, created_by="left@acme.example")
    for token in Token.objects.all():
        read = token_or_404(token.pk)
        with django_assert_num_queries(0):  # type: ignore[operator]
            made = of_token(read, DEFAULT, NOW)
        assert made == one(token.pk, DEFAULT, NOW)
