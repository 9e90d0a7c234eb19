"""Starting from one token: the page before, while, and after Coolset was asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_account, make_company, token_value
from tests.stand_in import StandIn
from tests.web.conftest import signed_in
from tokens.models import Company, Start, Token
from tokens.policy.vocabulary import Role
from tokens.services.intake.take_up import take_up_intake
from tokens.web import start

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
URL = "/onboarding/"
LIST = [
    {"workspace_id": 7, "id": 1, "workspace_name": "Acme GmbH", "type": "active"},
    {"workspace_id": 8, "id": 2, "workspace_name": "Birch AG", "type": "test"},
]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(start, "wake_worker", sent.append)
    return sent


@pytest.fixture
def coolset(settings: Any) -> Any:
    with StandIn() as running:
        settings.COOLSET_API_URL = running.url
        yield running


def paste(client: Client, value: str) -> Any:
    return client.post(URL, {"step": "paste", "token": value})


def text(client: Client) -> str:
    answer = client.get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


def asked(client: Client, coolset: StandIn, mode: str = "valid", **seed: Any) -> str:
    value = token_value()
    coolset.seed(value, mode, **{"workspaces": LIST, **seed})
    assert paste(client, value)["Location"] == URL
    take_up_intake(clock=timezone.now)
    return value


def test_from_the_paste_to_the_token(
    as_administrator: Client, coolset: StandIn, woken: list[str]
) -> None:
    make_company("Acme GmbH", workspace_id=7)
    assert "Ask Coolset" in text(as_administrator)
    value = token_value()
    coolset.seed(value, workspaces=LIST, config={"workspace_id": 8, "email": "g@acme.example"})
    paste(as_administrator, value)
    assert "Asking Coolset about" in text(as_administrator)
    assert as_administrator.get(URL, headers={"HX-Request": "true"}).content.count(b"hx-get") == 1
    take_up_intake(clock=timezone.now)
    assert as_administrator.get(URL, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = text(as_administrator)
    for words in ("2 companies found", "here already", "Create", 'value="8" selected'):
        assert words in page
    assert 'value="g@acme.example"' in page
    assert " checked" not in page
    given = {
        "step": "take",
        "companies": "8",
        "register": "on",
        "workspace_id": "8",
        "integration": "Portal",
        "environment": "production",
        "scope": "read",
    }
    assert as_administrator.post(URL, given)["Location"] == URL
    assert "Storing" in text(as_administrator)
    take_up_intake(clock=timezone.now)
    token = Token.objects.get()
    assert f'href="/tokens/{token.pk}/"' in text(as_administrator)
    assert token.company.name == "Birch AG"
    assert woken == ["tokens.intake", "tokens.intake"]
    assert value not in page


def test_companies_alone(as_administrator: Client, coolset: StandIn) -> None:
    asked(as_administrator, coolset)
    as_administrator.post(URL, {"step": "take", "companies": ["7", "8"]})
    assert "The token was forgotten." in text(as_administrator)
    assert Company.objects.count() == 2
    as_administrator.post(URL, {"step": "drop"})
    assert "Ask Coolset" in text(as_administrator)


def test_a_missing_field_and_a_missing_tick_are_named(
    as_administrator: Client, coolset: StandIn
) -> None:
    asked(as_administrator, coolset)
    answer = as_administrator.post(URL, {"step": "take", "register": "on", "companies": "7"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert page.count("This is needed to store the token.") >= 4
    assert 'value="7" checked' in page
    given = {
        "step": "take",
        "register": "on",
        "companies": "7",
        "workspace_id": "8",
        "integration": "Portal",
        "environment": "production",
        "scope": "read",
    }
    answer = as_administrator.post(URL, given)
    assert "tick it above as well" in answer.content.decode()
    nothing = as_administrator.post(URL, {"step": "take"})
    assert nothing.status_code == 400
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("unauthorized", "Coolset refuses this value."),
        ("503", "No clear answer."),
        ("forbidden", "lacks permission"),
    ],
)
def test_other_answers(as_administrator: Client, coolset: StandIn, mode: str, words: str) -> None:
    value = asked(as_administrator, coolset, mode)
    page = text(as_administrator)
    assert words in page
    assert value not in page


def test_asking_again(as_administrator: Client, coolset: StandIn) -> None:
    value = asked(as_administrator, coolset, "503")
    coolset.set_mode(value, "valid")
    as_administrator.post(URL, {"step": "again"})
    take_up_intake(clock=timezone.now)
    assert "2 companies found" in text(as_administrator)


def test_no_error_repeats_the_value(as_administrator: Client, coolset: StandIn) -> None:
    value = "with blanks " + token_value()
    answer = paste(as_administrator, value)
    assert answer.status_code == 400
    assert value.split()[-1] not in answer.content.decode()
    assert not Start.objects.exists()


def test_nobody_else_sees_it(as_administrator: Client, coolset: StandIn) -> None:
    asked(as_administrator, coolset)
    other = signed_in(make_account(role=Role.ADMINISTRATOR))
    assert "Ask Coolset" in text(other)
    assert other.post(URL, {"step": "take", "companies": "7"})["Location"] == URL
    assert not Company.objects.exists()


def test_an_empty_product_begins_here(as_administrator: Client) -> None:
    for path in ("/", "/tokens/"):
        assert 'href="/onboarding/"' in as_administrator.get(path).content.decode()


def test_an_auditor_may_not(as_auditor: Client) -> None:
    assert as_auditor.get(URL).status_code == 403
    assert paste(as_auditor, token_value()).status_code == 403


def test_a_step_that_is_none(as_administrator: Client, coolset: StandIn) -> None:
    asked(as_administrator, coolset)
    assert as_administrator.post(URL, {"step": "destroy"}).status_code == 400
