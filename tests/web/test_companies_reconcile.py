"""The guided comparison with Coolset's own list."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_company, make_integration, make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Company, Reconciliation, Token

pytestmark = pytest.mark.django_db

FIELDS = ("integration", "environment", "scope", "issued_on", "owner", "label")
EMPTY = {"environment": "production", "scope": "read"}


def sent(
    listed: object,
    known: Sequence[Token] = (),
    rows: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """What a browser sends: every field of every row, the selects at their first choice."""
    rows = [*(rows or []), {}, {}]
    data: dict[str, Any] = {
        "listed": str(listed),
        "known": [str(token.pk) for token in known],
        "rows-TOTAL_FORMS": str(len(rows)),
        "rows-INITIAL_FORMS": "0",
    }
    for number, row in enumerate(rows):
        for name in FIELDS:
            data[f"rows-{number}-{name}"] = {**EMPTY, **row}.get(name, "")
    return data


@pytest.fixture
def acme(db: None) -> Company:
    return make_company("Acme GmbH", workspace_id=7)


def address(company: Company) -> str:
    return f"/companies/{company.pk}/reconcile/"


def test_the_form_names_the_menu_and_what_is_known(as_administrator: Client, acme: Company) -> None:
    token = make_token(company=acme, integration_name="ERP sync")
    make_token(company=acme, integration_name="Old one", row={"state": "revoked"})
    page = as_administrator.get(address(acme)).content.decode()
    assert "Settings → API Tokens" in page
    assert "switch to <b>Acme GmbH</b>" in page
    assert f'value="{token.pk}"' in page
    assert token.hint in page
    assert page.count('name="known"') == 1


def test_a_comparison_is_recorded_with_additions_and_points_at_what_was_not_listed(
    as_administrator: Client, acme: Company
) -> None:
    seen = make_token(company=acme, integration_name="ERP sync")
    unseen = make_token(company=acme, integration_name="Old portal")
    new = {
        "integration": "Carbon ledger",
        "scope": "write",
        "issued_on": "2026-01-15",
        "owner": "Finance@acme.example",
    }
    answer = as_administrator.post(address(acme), sent(2, [seen], [new]))
    assert answer["Location"] == f"/companies/{acme.pk}/"
    done = Reconciliation.objects.get()
    assert (done.listed, done.known, done.added, done.not_listed) == (2, 1, 1, 1)
    assert done.by == "ada@acme.example"
    added = Token.objects.get(integration__name="Carbon ledger")
    assert (added.company, added.scope, added.sealed) == (acme, "write", None)
    assert added.owner is not None
    assert added.owner.email == "finance@acme.example"
    page = as_administrator.get(f"/companies/{acme.pk}/").content.decode()
    assert f"/tokens/{unseen.pk}/revoke/" in page
    assert f"/tokens/{seen.pk}/revoke/" not in page
    assert AuditEvent.objects.filter(kind=Event.COMPANY_RECONCILED).count() == 1


def test_numbers_that_do_not_add_up_change_nothing_and_keep_what_was_typed(
    as_administrator: Client, acme: Company
) -> None:
    token = make_token(company=acme)
    answer = as_administrator.post(address(acme), sent(3, [token], [{"integration": "Ledger"}]))
    assert answer.status_code == 400
    assert "does not add up" in answer.context["form"].errors["listed"][0].lower()
    page = answer.content.decode()
    assert 'value="Ledger"' in page
    assert "checked" in page
    assert not Reconciliation.objects.exists()
    assert Token.objects.count() == 1


def test_more_rows_keeps_everything_and_judges_nothing(
    as_administrator: Client, acme: Company
) -> None:
    token = make_token(company=acme)
    data = sent("", [token], [{"integration": "Ledger", "owner": "no address"}]) | {"more": "1"}
    answer = as_administrator.post(address(acme), data)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="rows-5-integration"' in page
    assert 'name="rows-6-integration"' not in page
    assert 'value="Ledger"' in page
    assert 'value="no address"' in page
    assert "checked" in page
    assert "aria-invalid" not in page
    assert not Reconciliation.objects.exists()


def test_a_row_that_came_back_may_be_emptied(as_administrator: Client, acme: Company) -> None:
    data = sent(0) | {"rows-INITIAL_FORMS": "2"}
    assert as_administrator.post(address(acme), data).status_code == 302
    assert Reconciliation.objects.get().listed == 0


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"integration": ""}, "integration"),
        ({"owner": "nobody"}, "owner"),
        ({"issued_on": "2999-01-01"}, "issued_on"),
        ({"issued_on": "yesterday"}, "issued_on"),
        ({"scope": "<b>root</b>"}, "scope"),
    ],
)
def test_a_bad_row_is_told_at_its_place(
    as_administrator: Client, acme: Company, row: dict[str, str], field: str
) -> None:
    whole = {"integration": "Ledger", "label": "x", **row}
    answer = as_administrator.post(address(acme), sent(1, [], [{}, whole]))
    assert answer.status_code == 400
    assert [set(each.errors) for each in answer.context["rows"]] == [set(), {field}, set(), set()]
    assert "<b>root" not in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_a_taken_place_is_refused_with_where_it_is(as_administrator: Client, acme: Company) -> None:
    make_token(company=acme, integration=make_integration("ERP sync"))
    answer = as_administrator.post(address(acme), sent(1, [], [{"integration": "ERP sync"}]))
    assert answer.status_code == 400
    assert "ERP sync · Acme GmbH" in answer.content.decode()
    assert Token.objects.count() == 1


def test_another_companys_token_cannot_be_ticked(as_administrator: Client, acme: Company) -> None:
    foreign = make_token()
    answer = as_administrator.post(address(acme), sent(1, [foreign]))
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {"known"})


@pytest.mark.parametrize("more", [{}, {"more": "1"}])
@pytest.mark.parametrize("field", ["integration", "label", "owner"])
def test_a_token_in_a_row_is_never_shown_again(
    as_administrator: Client, acme: Company, field: str, more: dict[str, str]
) -> None:
    value = token_value()
    row = {"integration": "Ledger", field: value}
    answer = as_administrator.post(address(acme), sent(1, [], [row]) | more)
    assert value not in answer.content.decode()
    assert not Token.objects.exists()


def test_several_rows_of_one_value_are_one_entry(as_administrator: Client, acme: Company) -> None:
    value = token_value()
    first = make_token(company=acme, integration_name="ERP sync", value=value)
    make_token(company=acme, integration_name="Portal", value=value, allow_shared=True)
    page = as_administrator.get(address(acme)).content.decode()
    assert page.count('name="known"') == 1
    assert as_administrator.post(address(acme), sent(1, [first])).status_code == 302
    assert Reconciliation.objects.get().not_listed == 0


@pytest.mark.parametrize("total", ["", "-1", "x", "100000"])
def test_a_forged_number_of_rows_is_no_error_of_ours(
    as_administrator: Client, acme: Company, total: str
) -> None:
    for more in ({}, {"more": "1"}):
        data = sent(0) | {"rows-TOTAL_FORMS": total} | more
        assert as_administrator.post(address(acme), data).status_code in {200, 302, 400}
