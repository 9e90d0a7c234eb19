"""The inventory page: everything in the address, nothing in it that may be a token."""

import csv
import io
import json
import re
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.factories import accepted, failing, make_company, make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Token
from tokens.policy.vocabulary import State
from tokens.selectors import paging
from tokens.web import facets, tokens_list

pytestmark = pytest.mark.django_db


def page(client: Client, query: str = "") -> Any:
    answer = client.get(f"/tokens/{query}")
    assert answer.status_code == 200, answer
    return answer


def names(answer: Any) -> list[str]:
    return re.findall(r'<td><a href="/tokens/[0-9a-f-]+/">([^<]*)</a>', answer.content.decode())


def dropped(client: Client, query: dict[str, str]) -> dict[str, list[str]]:
    """The query of the address that a refused one leads to."""
    answer = client.get("/tokens/", query)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == "/tokens/"
    return parse_qs(urlsplit(answer["Location"]).query)


def test_an_empty_inventory_says_how_to_begin(as_administrator: Client, as_auditor: Client) -> None:
    text = page(as_administrator).content.decode()
    assert "No tokens yet" in text
    assert "/tokens/import/" in text
    assert "/tokens/import/" not in page(as_auditor).content.decode()


def test_rows_say_health_age_and_owner_in_words(as_administrator: Client) -> None:
    make_token(integration_name="Supplier portal", owner_email="team@acme.example")
    make_token(integration_name="Old ERP", owner_email="", secret=failing())
    text = page(as_administrator).content.decode()
    assert "Tokens that nobody entered here cannot be seen" in text
    assert "Not checked yet" in text
    assert "Refused since" in text
    assert "nobody" in text


def test_a_first_refusal_is_not_called_works(as_administrator: Client) -> None:
    make_token(secret=accepted() | {"last_outcome": "unauthorized"})
    text = page(as_administrator).content.decode()
    assert "Refused once" in text


def test_filters_chips_and_sort_stand_in_the_address(as_administrator: Client) -> None:
    company = make_company("Acme GmbH")
    make_token(company=company, integration_name="Zeta", secret=failing())
    make_token(company=company, integration_name="Alpha", environment="development")
    make_token(integration_name="Beta")
    assert names(page(as_administrator, "?sort=integration")) == ["Alpha", "Beta", "Zeta"]
    assert names(page(as_administrator, "?sort=-integration")) == ["Zeta", "Beta", "Alpha"]
    assert names(page(as_administrator, f"?company={company.pk}&environment=development")) == [
        "Alpha"
    ]
    assert names(page(as_administrator, "?flag=failing")) == ["Zeta"]
    assert names(page(as_administrator, "?q=bet")) == ["Beta"]
    found = page(as_administrator, f"?company={company.pk}&flag=failing&sort=-company")
    chip = next(chip for chip in found.context["chips"].first if chip.words == "All")
    assert parse_qs(chip.query) == {"company": [str(company.pk)], "sort": ["-company"]}
    assert 'aria-sort="descending"' in found.content.decode()
    assert found.content.decode().count("aria-sort") == 1


def test_an_exact_name_is_chosen_in_its_list(as_administrator: Client) -> None:
    company = make_company("Acme GmbH")
    make_token(company=company)
    found = page(as_administrator, "?company=Acme+GmbH")
    facet = next(facet for facet in found.context["facets"] if facet.name == "company")
    assert facet.chosen == str(company.pk)


def test_many_choices_become_a_field_to_type_into(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MANY", 2)
    for _ in range(3):
        make_token()
    text = page(as_administrator).content.decode()
    assert '<datalist id="l-company">' in text
    assert '<select id="f-company"' not in text


def test_empty_fields_of_the_form_leave_the_address(as_administrator: Client) -> None:
    make_token()
    assert dropped(as_administrator, {"q": "", "company": "", "scope": "read"}) == {
        "scope": ["read"]
    }


def test_nothing_matching_offers_to_clear(as_administrator: Client) -> None:
    make_token()
    text = page(as_administrator, "?q=nowhere").content.decode()
    assert "No token matches" in text
    assert "Clear all filters" in text


@pytest.mark.parametrize("name", ["q", "company", "owner", "flag", "sort", "cursor", "state"])
def test_a_token_in_the_address_is_dropped_wherever_it_stands(
    as_administrator: Client, name: str
) -> None:
    value = token_value()
    answer = as_administrator.get("/tokens/", {name: value, "scope": "read"}, follow=True)
    assert value not in str(answer.redirect_chain)
    assert value not in answer.content.decode()
    assert parse_qs(urlsplit(answer.redirect_chain[0][0]).query) == {"scope": ["read"]}


def test_no_token_of_two_survives_in_the_location(as_administrator: Client) -> None:
    first, second = token_value(), token_value()
    answer = as_administrator.get("/tokens/", {"q": first, "owner": second, "extra": first})
    assert answer["Location"] == "/tokens/"


def test_the_refusal_of_a_token_points_to_identify(as_administrator: Client) -> None:
    answer = as_administrator.get("/tokens/", {"q": token_value()}, follow=True)
    assert "Which token is this?" in answer.content.decode()
    assert '<a href="/identify/">“Which' in answer.content.decode()


@pytest.mark.parametrize("query", [{"sort": "nonsense"}, {"flag": "odd"}, {"cursor": "x"}])
def test_what_is_not_understood_is_left_out(
    as_administrator: Client, query: dict[str, str]
) -> None:
    assert dropped(as_administrator, query | {"scope": "read"}) == {"scope": ["read"]}


def test_pages_follow_one_another(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_token(integration_name=f"I{number}")
    monkeypatch.setattr(tokens_list, "page", partial(paging.page, size=2))
    found = page(as_administrator, "?sort=integration")
    seen = names(found)
    while found.context["next"]:
        found = page(as_administrator, f"?{found.context['next']}")
        seen += names(found)
    assert seen == ["I0", "I1", "I2", "I3", "I4"]
    assert names(page(as_administrator, f"?{found.context['previous']}")) == ["I2", "I3"]


def test_the_number_of_queries_does_not_grow(
    as_administrator: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        make_token()
    page(as_administrator)
    with django_assert_max_num_queries(8):
        page(as_administrator, "?scope=read")


def exported(client: Client, query: str) -> Any:
    answer = client.get(f"/tokens/export/{query}")
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_the_export_holds_what_the_page_shows(as_administrator: Client) -> None:
    make_token(integration_name="Alpha")
    make_token(integration_name="Beta", scope="write")
    gone = make_token(integration_name="Gone")
    Token.objects.filter(pk=gone.pk).update(state=State.REVOKED.value)
    answer, text = exported(as_administrator, "?format=json")
    assert answer["Content-Type"] == "application/json"
    assert {row["integration"] for row in json.loads(text)} == {"Alpha", "Beta"}
    answer, text = exported(as_administrator, "?format=csv&scope=write")
    assert "attachment" in answer["Content-Disposition"]
    assert [row["integration"] for row in csv.DictReader(io.StringIO(text))] == ["Beta"]


def test_an_export_is_recorded_and_auditors_may(as_auditor: Client) -> None:
    exported(as_auditor, "?format=json&scope=read")
    entry = AuditEvent.objects.get(kind=Event.EXPORT_DONE.value)
    assert json.loads(entry.data)["filters"] == ["scope=read"]
    assert entry.actor_name == "otto@acme.example"


def test_an_unknown_format_is_refused(as_administrator: Client) -> None:
    assert as_administrator.get("/tokens/export/?format=xml").status_code == 400


def test_a_token_in_the_export_address_is_dropped(as_administrator: Client) -> None:
    value = token_value()
    answer = as_administrator.get("/tokens/export/", {"format": "json", "q": value})
    assert answer["Location"] == "/tokens/export/?format=json"
    assert not AuditEvent.objects.filter(kind=Event.EXPORT_DONE.value).exists()


def test_many_flags_are_folded_and_what_is_asked_for_never_is() -> None:
    many = [facets.Chip(f"flag {n}", 1, "", on=n == 11) for n in range(14)]
    shown = facets.folded(many)
    assert [chip.words for chip in shown.first] == [f"flag {n}" for n in (*range(8), 11)]
    assert len(shown.first) + len(shown.rest) == 14
    assert facets.folded(many[:10]).rest == ()
