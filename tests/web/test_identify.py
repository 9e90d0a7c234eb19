"""Which token is this? Compared, forgotten, recorded and throttled."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token, token_value
from tests.web.conftest import signed_in
from tokens.audit import Event
from tokens.models import Account, AuditEvent, Token
from tokens.policy.vocabulary import State
from tokens.services.rotation import start_rotation, submit_value

pytestmark = pytest.mark.django_db


def ask(client: Client, value: str, **extra: Any) -> Any:
    return client.post("/identify/", {"token": value}, **extra)


def test_a_known_value_leads_to_its_token(as_auditor: Client) -> None:
    value = token_value()
    token = make_token(value=value, integration_name="Old ERP", owner_email="x@acme.example")
    answer = ask(as_auditor, f" {value}\n")
    text = answer.content.decode()
    assert f"/tokens/{token.pk}/" in text
    assert "x@acme.example" in text
    assert "Active" in text
    assert value not in text
    assert answer["Cache-Control"] == "no-store"


def test_replaced_and_revoked_values_are_recognised(as_administrator: Client) -> None:
    value = token_value()
    make_token(value=value)
    Token.objects.update(state=State.REVOKED.value)
    assert "Revoked" in ask(as_administrator, value).content.decode()


def test_a_shared_value_lists_every_place(as_administrator: Client) -> None:
    value = token_value()
    make_token(value=value)
    make_token(value=value, allow_shared=True)
    assert "in 2 places" in ask(as_administrator, value).content.decode()


def test_a_value_that_waits_in_a_rotation_is_found(as_administrator: Client) -> None:
    token, value, now = make_token(), token_value(), timezone.now()
    rotation = start_rotation(token=token, actor=ACTOR, now=now)
    submit_value(rotation=rotation, value=value, issued_at=now, actor=ACTOR, now=now)
    text = ask(as_administrator, value).content.decode()
    assert "Waits to replace it" in text
    assert f"/tokens/{token.pk}/" in text


def test_an_unknown_value_is_not_known_and_that_is_all(as_administrator: Client) -> None:
    value = token_value()
    answer = ask(as_administrator, value)
    assert answer.status_code == 200
    assert "It is not known here." in answer.content.decode()
    assert value not in answer.content.decode()


@pytest.mark.parametrize("value", ["", "short", "with a blank", "\u2019" * 20, "x" * 100_000])
def test_what_cannot_be_a_token_is_refused_without_an_echo(
    as_administrator: Client, value: str
) -> None:
    answer = ask(as_administrator, value)
    assert answer.status_code == 400
    assert not value or f'value="{value}"' not in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_asking_is_recorded_and_the_value_is_not(as_administrator: Client) -> None:
    value = token_value()
    token = make_token(value=value)
    ask(as_administrator, value)
    entry = AuditEvent.objects.get(kind=Event.IDENTIFY_ASKED.value)
    assert json.loads(entry.data)["token"] == [str(token.pk)]
    assert value not in entry.data
    assert entry.actor_name == "ada@acme.example"


def test_ten_a_minute_and_no_more(as_administrator: Client, auditor: Account) -> None:
    value = token_value()
    for _ in range(10):
        assert ask(as_administrator, value).status_code == 200
    answer = ask(as_administrator, value)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "not known" not in answer.content.decode()
    assert AuditEvent.objects.filter(kind=Event.IDENTIFY_ASKED.value).count() == 10
    # A header that a client can write moves nothing; another account has its own count.
    assert ask(as_administrator, value, headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 429
    assert ask(signed_in(auditor), value).status_code == 200


def test_nothing_is_asked_by_address(as_administrator: Client) -> None:
    value = token_value()
    make_token(value=value)
    answer = as_administrator.get("/identify/", {"token": value})
    assert answer.status_code == 200
    assert value not in answer.content.decode()
    assert not AuditEvent.objects.filter(kind=Event.IDENTIFY_ASKED.value).exists()


def test_nobody_asks_without_signing_in(administrator: Account) -> None:
    answer = ask(Client(), token_value())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
