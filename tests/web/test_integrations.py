"""Integrations: list, page, description, and the keys with which they report use."""

import re

import pytest
from django.test import Client

from tests.factories import make_integration, make_token, token_value
from tests.web.conftest import NOW
from tokens.audit import Event
from tokens.models import AuditEvent, Integration, UsageKey
from tokens.services.usage_keys import authenticate

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(db: None) -> Integration:
    return make_integration("ERP sync", description="Moves orders\nevery night")


def test_the_list_counts_and_names_the_owner(as_auditor: Client, erp: Integration) -> None:
    make_token(integration=erp, issued_at=NOW.replace(year=2020))
    page = as_auditor.get("/integrations/").content.decode()
    assert f"/tokens/?integration={erp.pk}&amp;flag=overdue" in page
    assert "nobody" in page


def test_the_list_asks_the_database_the_same_for_any_number(
    as_auditor: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        make_token()
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert as_auditor.get("/integrations/").status_code == 200


def test_the_page_shows_its_tokens_and_how_to_report(as_auditor: Client, erp: Integration) -> None:
    token = make_token(integration=erp, company_name="Acme GmbH")
    page = as_auditor.get(f"/integrations/{erp.pk}/").content.decode()
    assert "Acme GmbH" in page
    assert f"/api/v1/tokens/{token.pk}/usage/" in page
    assert "Moves orders<br>every night" in page
    assert "Make a key" not in page


def test_a_key_is_shown_once_and_works(as_administrator: Client, erp: Integration) -> None:
    answer = as_administrator.post(f"/integrations/{erp.pk}/keys/")
    found = re.search(r'value="(ctg_[^"]+)"', answer.content.decode())
    assert found
    key = authenticate(plain=found[1], now=NOW)
    assert key is not None
    assert key.integration == erp
    again = as_administrator.get(f"/integrations/{erp.pk}/").content.decode()
    assert found[1] not in again
    assert key.hint in again
    assert found[1] not in "".join(AuditEvent.objects.values_list("data", flat=True))


def test_a_key_is_revoked_with_one_button(as_administrator: Client, erp: Integration) -> None:
    as_administrator.post(f"/integrations/{erp.pk}/keys/")
    key = UsageKey.objects.get()
    address = f"/integrations/{erp.pk}/keys/{key.pk}/revoke/"
    assert as_administrator.post(address)["Location"] == f"/integrations/{erp.pk}/"
    key.refresh_from_db()
    assert key.revoked_at is not None
    as_administrator.post(address)
    assert "revoked before" in as_administrator.get(f"/integrations/{erp.pk}/").content.decode()
    assert AuditEvent.objects.filter(kind=Event.USAGE_KEY_REVOKED).count() == 1


def test_a_key_of_another_integration_is_not_found(
    as_administrator: Client, erp: Integration
) -> None:
    as_administrator.post(f"/integrations/{erp.pk}/keys/")
    key, other = UsageKey.objects.get(), make_integration()
    answer = as_administrator.post(f"/integrations/{other.pk}/keys/{key.pk}/revoke/")
    assert answer.status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_editing_describes_and_refuses_by_field(as_administrator: Client, erp: Integration) -> None:
    make_integration("Portal")
    address = f"/integrations/{erp.pk}/edit/"
    data = {"name": "ERP", "description": "a\r\nb", "owner_email": "Ops@acme.example"}
    assert as_administrator.post(address, data).status_code == 302
    erp.refresh_from_db()
    assert (erp.name, erp.description) == ("ERP", "a\nb")
    assert erp.owner is not None
    assert erp.owner.email == "ops@acme.example"
    for wrong, field in (({"name": "Portal"}, "name"), ({"owner_email": "x"}, "owner_email")):
        answer = as_administrator.post(address, data | wrong)
        assert (answer.status_code, set(answer.context["form"].errors)) == (400, {field})


@pytest.mark.parametrize("field", ["name", "description", "owner_email"])
def test_a_token_in_the_form_is_refused_and_not_shown(
    as_administrator: Client, erp: Integration, field: str
) -> None:
    value = token_value()
    data = {"name": "ERP", "description": "", "owner_email": "", field: f"is {value}"}
    answer = as_administrator.post(f"/integrations/{erp.pk}/edit/", data)
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    erp.refresh_from_db()
    assert erp.name == "ERP sync"


@pytest.mark.parametrize("act", ["edit", "keys"])
def test_an_auditor_changes_nothing(as_auditor: Client, erp: Integration, act: str) -> None:
    assert as_auditor.post(f"/integrations/{erp.pk}/{act}/", {"name": "X"}).status_code == 403
    assert not UsageKey.objects.exists()
