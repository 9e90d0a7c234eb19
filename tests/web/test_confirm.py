"""Dangerous acts ask for the password again: before the work starts, on the server, once."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_token, token_value
from tokens.audit import Event
from tokens.models import Account, AuditEvent, Compromise, Revocation, UsageKey
from tokens.step_up import note_opened, note_proof

pytestmark = pytest.mark.django_db
CONFIRM = "/accounts/confirm/"


def aged(client: Client, minutes: int) -> Client:
    """The same session, whose password was given so many minutes ago."""
    session = client.session
    session.pop("opened_at", None)
    note_proof(session, timezone.now() - timedelta(minutes=minutes))
    session.save()
    return client


@pytest.fixture
def stale(as_administrator: Client) -> Client:
    return aged(as_administrator, 11)


def way_back(answer: Any) -> str:
    """Where the question leads on to."""
    address = urlsplit(answer["Location"])
    assert address.path == CONFIRM
    return str(parse_qs(address.query)["next"][0])


def danger() -> dict[str, str]:
    token = make_token()
    return {
        "rotate": f"/tokens/{token.pk}/rotate/",
        "revoke": f"/tokens/{token.pk}/revoke/",
        "export": "/tokens/export/?format=csv",
        "roles": "/team/",
    }


@pytest.mark.parametrize("act", ["rotate", "revoke", "export", "roles"])
def test_an_old_sign_in_is_asked_before_the_work_starts(stale: Client, act: str) -> None:
    url = danger()[act]
    answer = stale.get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{CONFIRM}?next=")
    assert aged(stale, 9).get(url).status_code == 200


def test_a_session_of_before_this_rule_is_asked(as_administrator: Client) -> None:
    session = as_administrator.session
    del session["proved_at"]
    session.save()
    assert as_administrator.get("/team/")["Location"].startswith(CONFIRM)


def test_looking_is_never_asked(stale: Client) -> None:
    token = make_token()
    for url in ("/", "/tokens/", f"/tokens/{token.pk}/", f"/tokens/{token.pk}/compromised/"):
        assert stale.get(url).status_code == 200


def test_the_right_password_leads_back_to_the_work_with_a_new_session_id(
    stale: Client, administrator: Account, password: str
) -> None:
    url = danger()["revoke"]
    page = stale.get(stale.get(url)["Location"])
    assert administrator.email in page.content.decode()
    before = stale.session.session_key
    answer = stale.post(CONFIRM, {"password": password, "next": url})
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert stale.session.session_key != before
    assert stale.get(url).status_code == 200
    entry = AuditEvent.objects.order_by("-id")[0]
    assert (entry.kind, entry.actor_name) == (Event.ACCOUNT_CONFIRMED, administrator.email)


def test_a_wrong_password_is_refused_audited_and_limited(
    stale: Client, administrator: Account, password: str
) -> None:
    for _ in range(5):
        answer = stale.post(CONFIRM, {"password": f"{password}x", "next": "/team/"})
    assert password not in answer.content.decode()
    assert AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGN_IN_FAILED).count() == 5
    late = stale.post(CONFIRM, {"password": password, "next": "/team/"})
    assert late.status_code == 429
    assert stale.get("/team/").status_code == 302


def test_another_accounts_password_counts_for_nothing(
    stale: Client, auditor: Account, password: str
) -> None:
    auditor.set_password(f"{password}-other")
    auditor.save()
    data = {"username": auditor.email, "password": f"{password}-other", "next": "/team/"}
    assert stale.post(CONFIRM, data).status_code == 200
    assert stale.get("/team/").status_code == 302


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "x", ""]
)
def test_it_leads_to_no_other_host(stale: Client, password: str, elsewhere: str) -> None:
    assert stale.post(CONFIRM, {"password": password, "next": elsewhere})["Location"] == "/"


def test_a_token_in_the_way_back_is_left_out(stale: Client) -> None:
    value = token_value()
    answer = stale.get("/tokens/export/", {"q": value})
    assert value not in answer["Location"]


def test_a_form_that_was_opened_in_time_is_never_asked_when_the_token_is_pasted(
    as_administrator: Client,
) -> None:
    token = make_token()
    url = f"/tokens/{token.pk}/rotate/"
    session = as_administrator.session
    note_opened(session, url, timezone.now() - timedelta(minutes=40))
    note_proof(session, timezone.now() - timedelta(minutes=45))
    session.save()
    data = {"token": token_value(), "issued_at": f"{timezone.now():%Y-%m-%d}"}
    answer = as_administrator.post(url, data)
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert token.rotations.get().sealed is not None


def test_opening_the_form_is_what_counts(as_administrator: Client) -> None:
    url = danger()["revoke"]
    as_administrator.get(url)
    session = as_administrator.session
    note_proof(session, timezone.now() - timedelta(minutes=30))
    session.save()
    data = {"reason": "rotated", "by": "ada@acme.example"}
    assert as_administrator.post(url, data).status_code == 302
    assert Revocation.objects.count() == 1


@pytest.mark.parametrize("where", ["compromised", "revoke"])
def test_a_form_that_was_never_opened_is_refused_and_nothing_happens(
    stale: Client, where: str
) -> None:
    token = make_token()
    data: dict[str, Any] = {"reason": "seen on a forum", "by": "ada@acme.example"}
    referer = f"http://testserver/tokens/{token.pk}/?x=1"
    answer = stale.post(f"/tokens/{token.pk}/{where}/", data, headers={"Referer": referer})
    assert way_back(answer) == f"/tokens/{token.pk}/?x=1"
    page = stale.get(answer["Location"]).content.decode()
    assert "Nothing was changed yet." in page
    assert not Revocation.objects.exists()
    assert not Compromise.objects.exists()


def test_a_foreign_referer_is_no_way_back(stale: Client) -> None:
    token = make_token()
    url = f"/integrations/{token.integration_id}/keys/"
    answer = stale.post(url, headers={"Referer": "http://testserver.evil.example/team/"})
    assert way_back(answer) == "/"
    assert not UsageKey.objects.exists()


def test_the_page_of_a_compromise_asks_in_the_forms_place(stale: Client) -> None:
    url = f"/tokens/{make_token().pk}/compromised/"
    page = stale.get(url).content.decode()
    assert f"{CONFIRM}?next={url}" in page
    assert "It is compromised" not in page
    assert "It is compromised" in aged(stale, 1).get(url).content.decode()


def test_a_fragment_sends_the_whole_page_to_the_question(stale: Client) -> None:
    answer = stale.get("/team/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(CONFIRM)


def test_the_api_by_session_is_asked_too(stale: Client, password: str) -> None:
    token = make_token()
    url = f"/api/v1/tokens/{token.pk}/revocation/"
    data = {"reason": "rotated", "by": "ada@acme.example"}
    answer = stale.post(url, data, content_type="application/json")
    assert answer.status_code == 403
    assert CONFIRM in answer.json()["detail"]
    assert not Revocation.objects.exists()
    stale.post(CONFIRM, {"password": password})
    assert stale.post(url, data, content_type="application/json").status_code in {200, 201}
