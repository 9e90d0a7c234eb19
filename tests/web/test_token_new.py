"""Adding a token by hand: stored and sealed, or refused without a trace of the value."""

import secrets
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_company, make_token, token_value
from tokens.models import AuditEvent, Token
from tokens.policy.vocabulary import State
from tokens.web import token_new

pytestmark = pytest.mark.django_db


def form(**changes: Any) -> dict[str, Any]:
    return {
        "company": "Acme GmbH",
        "integration": "Supplier portal",
        "environment": "production",
        "scope": "read",
        "owner_email": "team@acme.example",
        "issued_at": "2026-11-20",
        "token": token_value(),
        **changes,
    }


def post(client: Client, **changes: Any) -> Any:
    return client.post("/tokens/new/", form(**changes))


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(token_new, "wake_worker", sent.append)
    return sent


def test_a_token_is_stored_and_its_page_waits_for_the_answer(
    as_administrator: Client, woken: list[str]
) -> None:
    value = token_value()
    answer = post(as_administrator, token=f"  {value}\n", workspace_id="42", label="nightly")
    token = Token.objects.get()
    assert answer["Location"] == f"/tokens/{token.pk}/"
    assert (token.company.workspace_id, token.label) == (42, "nightly")
    assert token.hint.endswith(value[-4:])
    assert woken == ["tokens.sweep"]
    page = as_administrator.get(answer["Location"]).content.decode()
    assert "Checking…" in page
    assert value not in page


def test_a_token_that_nobody_has_is_recorded(as_administrator: Client, woken: list[str]) -> None:
    answer = post(as_administrator, token="", not_held="on")
    token = Token.objects.get()
    assert token.sealed is None
    assert answer["Location"] == f"/tokens/{token.pk}/"
    assert woken == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token": ""}, "token"),
        ({"not_held": "on"}, "not_held"),
        ({"token": "short"}, "token"),
        ({"company": ""}, "company"),
        ({"environment": "staging"}, "environment"),
        ({"scope": ""}, "scope"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"issued_at": "2999-01-01"}, "issued_at"),
        ({"label": "x" * 101}, "label"),
        ({"company": "x" * 201}, "company"),
        ({"runbook_url": "javascript:alert(1)"}, "runbook_url"),
        ({"workspace_id": "-1"}, "workspace_id"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(
    as_administrator: Client, changes: dict[str, str], field: str
) -> None:
    value = token_value()
    answer = post(as_administrator, **{"token": value, **changes})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert value not in answer.content.decode()
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "broken", ["{}\nx", "{}\0", "{} {}", "\u2019{}", "x" * 1_000_000], ids=lambda text: text[:6]
)
def test_a_malformed_token_is_refused_without_an_echo(
    as_administrator: Client, broken: str
) -> None:
    core = secrets.token_hex(12)
    answer = post(as_administrator, token=broken.replace("{}", core))
    assert answer.status_code == 400
    assert core not in answer.content.decode()
    assert "x" * 600 not in answer.content.decode()
    assert not Token.objects.exists()


FIELDS = ("company", "integration", "environment", "scope", "owner_email", "label", "where")


@pytest.mark.parametrize("field", [*FIELDS, "created_by_email", "issued_at", "workspace_id"])
@pytest.mark.parametrize("prefix", ["sk_" + "live_", ""])
def test_a_token_in_the_wrong_field_is_not_echoed(
    as_administrator: Client, field: str, prefix: str
) -> None:
    value = token_value(prefix)
    answer = post(as_administrator, **{"token": value, field: value})
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    assert not Token.objects.exists()


def test_a_value_that_is_stored_is_refused_with_its_place_and_shared_on_a_tick(
    as_administrator: Client,
) -> None:
    value = token_value()
    make_token(value=value, company_name="Acme GmbH", integration_name="Old ERP")
    assert "allow_shared" not in as_administrator.get("/tokens/new/").content.decode()
    refused = post(as_administrator, token=value)
    page = refused.content.decode()
    assert refused.status_code == 400
    assert "Old ERP · Acme GmbH · production" in page
    assert 'name="allow_shared"' in page
    assert list(refused.context["form"].errors) == ["token"]
    assert value not in page
    stored = post(as_administrator, token=value, allow_shared="on")
    assert stored.status_code == 302
    assert Token.objects.count() == 2
    assert Token.objects.values("secret").distinct().count() == 1


@pytest.mark.parametrize("state", [State.REPLACED, State.REVOKED])
def test_a_value_that_was_given_up_cannot_even_be_shared(
    as_administrator: Client, state: State
) -> None:
    value = token_value()
    old = make_token(value=value)
    Token.objects.update(state=state.value, replaced_at=old.stored_at)
    refused = post(as_administrator, token=value)
    assert "refused for good" in refused.content.decode()
    assert 'name="allow_shared"' not in refused.content.decode()
    assert post(as_administrator, token=value, allow_shared="on").status_code == 400


def test_a_second_token_of_one_place_needs_a_label(as_administrator: Client) -> None:
    post(as_administrator)
    refused = post(as_administrator)
    assert list(refused.context["form"].errors) == ["label"]
    assert post(as_administrator, label="second").status_code == 302


def test_a_company_may_be_named_in_the_address_by_its_id(as_administrator: Client) -> None:
    company = make_company("Acme <b>")
    page = as_administrator.get(f"/tokens/new/?company={company.pk}&integration=nonsense")
    assert page.context["form"].initial == {"company": "Acme <b>"}
    assert "Acme <b>" not in page.content.decode()


def test_an_auditor_may_not(as_auditor: Client) -> None:
    assert as_auditor.get("/tokens/new/").status_code == 403
    assert post(as_auditor).status_code == 403
    assert set(AuditEvent.objects.values_list("kind", flat=True)) == {"access.denied"}
