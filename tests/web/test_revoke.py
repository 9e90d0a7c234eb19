"""Recording a revocation: what to do in Coolset, then the word that it was done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import accepted, make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Revocation, Token
from tokens.policy.vocabulary import Proof, State
from tokens.web import revoke

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(revoke, "wake_worker", sent.append)
    return sent


def post(client: Client, token: Token, **changes: str) -> Any:
    data = {"reason": "left the company", "by": "ada@acme.example", "at": "", **changes}
    return client.post(f"/tokens/{token.pk}/revoke/", data)


def page(client: Client, token: Token) -> str:
    answer = client.get(f"/tokens/{token.pk}/revoke/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_says_what_to_do_in_coolset(as_administrator: Client) -> None:
    token = make_token(company_name="Acme GmbH", workspace_id=42)
    text = page(as_administrator, token)
    for words in ("Settings → API Tokens", "Acme GmbH", "workspace 42", token.hint):
        assert words in text
    assert "rotate it first" in text
    assert 'value="ada@acme.example"' in text


def test_recording_revokes_and_sets_out_to_prove(
    as_administrator: Client, woken: list[str]
) -> None:
    token = make_token(secret=accepted())
    answer = post(as_administrator, token)
    assert answer["Location"] == f"/tokens/{token.pk}/"
    token.refresh_from_db()
    record = Revocation.objects.get()
    assert token.state == State.REVOKED.value
    assert (record.by, record.recorded_by) == ("ada@acme.example", "ada@acme.example")
    assert record.proof == Proof.CLAIMED.value
    assert woken == ["tokens.sweep"]
    assert AuditEvent.objects.filter(kind=Event.REVOCATION_RECORDED.value).count() == 1


def test_the_moment_is_taken_as_utc(as_administrator: Client) -> None:
    token = make_token()
    post(as_administrator, token, at="2026-03-03T14:05")
    assert Revocation.objects.get().revoked_at == datetime(2026, 3, 3, 14, 5, tzinfo=UTC)


def soon() -> str:
    return (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"by": ""}, "by"),
        ({"by": "nobody"}, "by"),
        ({"at": "yesterday"}, "at"),
        ({"at": "soon"}, "at"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(
    as_administrator: Client, changes: dict[str, str], field: str
) -> None:
    token = make_token()
    given = {name: soon() if text == "soon" else text for name, text in changes.items()}
    answer = post(as_administrator, token, **given)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Revocation.objects.exists()


def test_a_token_in_the_reason_is_refused_and_not_echoed(as_administrator: Client) -> None:
    token, value = make_token(), token_value()
    answer = post(as_administrator, token, reason=f"leaked {value}")
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    assert not Revocation.objects.exists()


def test_a_second_recording_is_told_that_it_is_done(as_administrator: Client) -> None:
    token = make_token()
    post(as_administrator, token)
    assert "recorded already" in page(as_administrator, token)
    answer = as_administrator.post(
        f"/tokens/{token.pk}/revoke/", {"reason": "again", "by": "b@acme.example"}, follow=True
    )
    assert "recorded already" in answer.content.decode()
    assert Revocation.objects.get().by == "ada@acme.example"


def test_one_that_still_works_may_be_recorded_again(as_administrator: Client) -> None:
    token = make_token(secret=accepted())
    post(as_administrator, token)
    Revocation.objects.update(proof=Proof.CONTRADICTED.value, contradicted_at=timezone.now())
    assert "It still works!" in page(as_administrator, token)
    assert post(as_administrator, token, reason="this time really").status_code == 302
    record = Revocation.objects.get()
    assert (record.proof, record.reason) == (Proof.CLAIMED.value, "this time really")


def test_everybody_who_uses_the_value_is_named(as_administrator: Client) -> None:
    value = token_value()
    token = make_token(value=value)
    make_token(value=value, integration_name="Neighbour", allow_shared=True)
    assert "Neighbour" in page(as_administrator, token)


def test_an_auditor_may_not(as_auditor: Client) -> None:
    token = make_token()
    assert post(as_auditor, token).status_code == 403
    assert not Revocation.objects.exists()
