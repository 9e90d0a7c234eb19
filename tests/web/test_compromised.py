"""Saying that a token is compromised, and the checklist that follows."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import accepted, make_token, token_value
from tokens.models import AuditEvent, Compromise, Mail, Token
from tokens.policy.vocabulary import State
from tokens.web import compromised

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(compromised, "wake_worker", sent.append)
    return sent


def post(client: Client, token: Token, **changes: str) -> Any:
    data = {"reason": "in a public repository", "by": "ada@acme.example", **changes}
    return client.post(f"/tokens/{token.pk}/compromised/", data)


def tick(client: Client, token: Token, **data: str) -> Any:
    return client.post(f"/tokens/{token.pk}/compromised/", data, follow=True)


def page(client: Client, token: Token, tail: str = "compromised/") -> str:
    answer = client.get(f"/tokens/{token.pk}/{tail}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_from_the_tokens_page_to_the_checklist(as_administrator: Client, woken: list[str]) -> None:
    token = make_token(secret=accepted())
    assert f'href="/tokens/{token.pk}/compromised/"' in page(as_administrator, token, "")
    form = page(as_administrator, token)
    assert 'value="ada@acme.example"' in form
    assert post(as_administrator, token)["Location"] == f"/tokens/{token.pk}/compromised/"
    assert woken == ["tokens.sweep", "tokens.deliver"]
    assert Mail.objects.filter(kind="compromised").exists()
    text = page(as_administrator, token)
    for words in (
        "Somebody else may have its value.",
        "Reason: in a public repository",
        "Rotate: a new token takes its place",
        "Token compromised",
    ):
        assert words in text
    assert "Compromised. Rotate and revoke it now." in page(as_administrator, token, "")


def test_to_do_names_it_first(as_administrator: Client) -> None:
    token = make_token(secret=accepted())
    make_token(row={"due_at": "2020-01-01T00:00:00Z"})
    post(as_administrator, token)
    text = as_administrator.get("/").content.decode()
    assert "Compromised." in text
    assert text.index("Rotate and revoke it now.") < text.index("overdue.")


def test_steps_are_ticked_and_unticked(as_administrator: Client) -> None:
    token = make_token(secret=accepted())
    post(as_administrator, token)
    assert (
        "Ticked by ada@acme.example" in tick(as_administrator, token, step="look").content.decode()
    )
    text = tick(as_administrator, token, step="look", done="no").content.decode()
    assert "Ticked by" not in text
    refused = tick(as_administrator, token, step="proof").content.decode()
    assert "That step ticks itself." in refused
    assert Compromise.objects.get().done == {}
    assert AuditEvent.objects.filter(kind="token.compromise_step").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"reason": ""}, "reason"), ({"reason": "x" * 501}, "reason"), ({"by": "nobody"}, "by")],
)
def test_what_is_wrong_is_named_at_its_field(
    as_administrator: Client, changes: dict[str, str], field: str
) -> None:
    answer = post(as_administrator, make_token(), **changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Compromise.objects.exists()


def test_a_token_in_the_reason_is_refused_and_not_echoed(as_administrator: Client) -> None:
    value = token_value()
    answer = post(as_administrator, make_token(), reason=f"leaked {value}")
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    assert not Compromise.objects.exists()


def test_a_second_recording_is_told_that_it_is_done(as_administrator: Client) -> None:
    token = make_token()
    post(as_administrator, token)
    answer = as_administrator.post(
        f"/tokens/{token.pk}/compromised/", {"reason": "again", "by": "b@acme.example"}, follow=True
    )
    assert "compromised already" in answer.content.decode()
    assert Compromise.objects.get().by == "ada@acme.example"


def test_a_revoked_token_needs_none_of_it(as_administrator: Client) -> None:
    token = make_token(row={"state": State.REVOKED.value})
    assert "revocation is recorded already" in page(as_administrator, token)
    assert "Compromised?" not in page(as_administrator, token, "")


def test_everybody_who_uses_the_value_is_named(as_administrator: Client) -> None:
    value = token_value()
    token = make_token(value=value)
    make_token(value=value, integration_name="Neighbour", allow_shared=True)
    assert "Neighbour" in page(as_administrator, token)


def test_an_auditor_reads_and_may_not(as_auditor: Client, as_administrator: Client) -> None:
    token, other = make_token(), make_token()
    assert post(as_auditor, token).status_code == 403
    assert "Nobody recorded that it is compromised" in page(as_auditor, other)
    post(as_administrator, token)
    text = page(as_auditor, token)
    assert "Somebody else may have its value." in text
    assert "<form" not in text.split("<main", 1)[1]
    assert tick(as_auditor, token, step="look").status_code == 403
