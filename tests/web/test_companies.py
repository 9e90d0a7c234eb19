"""Companies: the list, a company's own page, its workspace id."""

import pytest
from django.test import Client

from tests.factories import failing, make_company, make_token, token_value
from tests.web.conftest import NOW
from tokens.audit import Event
from tokens.models import AuditEvent, Company

pytestmark = pytest.mark.django_db


def test_the_list_counts_what_is_overdue_and_refused(as_auditor: Client) -> None:
    acme = make_company("Acme GmbH", workspace_id=71)
    make_token(company=acme, issued_at=NOW.replace(year=2020))
    make_token(company=acme, secret=failing(NOW))
    make_company("Zeta SA")
    page = as_auditor.get("/companies/").content.decode()
    assert "workspace 71" in page
    assert f"/tokens/?company={acme.pk}&amp;flag=overdue" in page
    assert f"/tokens/?company={acme.pk}&amp;health=failing" in page
    assert page.index("Acme GmbH") < page.index("Zeta SA")


def test_the_list_asks_the_database_the_same_for_any_number(
    as_auditor: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        make_token(company_name=f"Company {number:03}")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert as_auditor.get("/companies/").status_code == 200


def test_pages_lead_on_and_back_without_loss(as_auditor: Client) -> None:
    Company.objects.bulk_create(Company(name=f"C{n:03}", created_at=NOW) for n in range(250))
    seen, address = [], "/companies/"
    for _ in range(3):
        answer = as_auditor.get(address)
        seen += [one.name for one, _ in answer.context["rows"]]
        address = "/companies/" + answer.context["links"]["next"]
    assert seen == [f"C{n:03}" for n in range(250)]
    back = as_auditor.get("/companies/" + answer.context["links"]["previous"])
    assert [one.name for one, _ in back.context["rows"]] == seen[100:200]


@pytest.mark.parametrize("q", ["ACME", "71"])
def test_searched_by_name_or_number(as_auditor: Client, q: str) -> None:
    make_company("Acme GmbH", workspace_id=71)
    make_company("Zeta SA")
    rows = as_auditor.get("/companies/", {"q": q}).context["rows"]
    assert [one.name for one, _ in rows] == ["Acme GmbH"]


def test_a_token_in_the_search_is_refused_and_leaves_the_address(as_auditor: Client) -> None:
    value = token_value()
    answer = as_auditor.get("/companies/", {"q": value})
    assert answer["Location"] == "/companies/"
    page = as_auditor.get("/companies/").content.decode()
    assert "looks like a token" in page
    assert value not in page


def test_the_page_shows_tokens_by_environment_without_revoked_ones(as_auditor: Client) -> None:
    acme = make_company("Acme GmbH")
    make_token(company=acme, integration_name="Alpha", environment="development")
    make_token(company=acme, integration_name="Beta")
    make_token(company=acme, integration_name="Gone", row={"state": "revoked"})
    answer = as_auditor.get(f"/companies/{acme.pk}/")
    groups = [(name, [row.integration for row in rows]) for name, rows in answer.context["groups"]]
    assert groups == [("production", ["Beta"]), ("development", ["Alpha"])]


def test_a_proposal_is_taken_over_with_one_button(as_administrator: Client) -> None:
    acme = make_company("Acme GmbH")
    Company.objects.filter(pk=acme.pk).update(proposed_workspace_id=4711)
    page = as_administrator.get(f"/companies/{acme.pk}/").content.decode()
    assert "Record workspace 4711" in page
    answer = as_administrator.post(f"/companies/{acme.pk}/proposal/", {"proposed": "4711"})
    assert answer["Location"] == f"/companies/{acme.pk}/"
    acme.refresh_from_db()
    assert (acme.workspace_id, acme.proposed_workspace_id) == (4711, None)
    assert AuditEvent.objects.filter(kind=Event.COMPANY_EDITED).count() == 1


@pytest.mark.parametrize("proposed", ["12", "", "x", "²", "9" * 30])
def test_what_is_not_proposed_is_not_taken_over(as_administrator: Client, proposed: str) -> None:
    acme = make_company("Acme GmbH")
    Company.objects.filter(pk=acme.pk).update(proposed_workspace_id=4711)
    as_administrator.post(f"/companies/{acme.pk}/proposal/", {"proposed": proposed})
    acme.refresh_from_db()
    assert acme.workspace_id is None
    page = as_administrator.get(f"/companies/{acme.pk}/").content.decode()
    assert "not proposed any more" in page


def test_editing_names_the_field_that_is_taken(as_administrator: Client) -> None:
    acme = make_company("Acme GmbH")
    make_company("Zeta SA", workspace_id=5)
    address = f"/companies/{acme.pk}/edit/"
    answer = as_administrator.post(address, {"name": "Zeta SA", "workspace_id": ""})
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {"name"})
    answer = as_administrator.post(address, {"name": "Acme", "workspace_id": "5"})
    assert set(answer.context["form"].errors) == {"workspace_id"}
    assert (
        as_administrator.post(address, {"name": "Acme AG", "workspace_id": "6"}).status_code == 302
    )
    acme.refresh_from_db()
    assert (acme.name, acme.workspace_id) == ("Acme AG", 6)


def test_a_token_in_the_name_is_refused_and_not_shown_again(as_administrator: Client) -> None:
    acme, value = make_company("Acme GmbH"), token_value()
    answer = as_administrator.post(f"/companies/{acme.pk}/edit/", {"name": value})
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    acme.refresh_from_db()
    assert acme.name == "Acme GmbH"


@pytest.mark.parametrize("act", ["edit", "proposal", "reconcile"])
def test_an_auditor_changes_nothing(as_auditor: Client, act: str) -> None:
    acme = make_company("Acme GmbH")
    assert as_auditor.post(f"/companies/{acme.pk}/{act}/", {"name": "X"}).status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme GmbH"


def test_names_are_escaped(as_auditor: Client) -> None:
    acme = make_company("<b>Acme</b> \" onx='")
    make_token(company=acme)
    for address in ("/companies/", f"/companies/{acme.pk}/"):
        page = as_auditor.get(address).content.decode()
        assert "<b>Acme" not in page
        assert "&lt;b&gt;Acme&lt;/b&gt; &quot; onx=&#x27;" in page
