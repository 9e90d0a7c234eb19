"""Passkeys through the pages: added, renamed, removed, and after the password at the sign-in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.services.soft_key import SoftKey
from tests.web.conftest import signed_in
from tests.web.test_second_step import at_the_code
from tokens.audit import Event
from tokens.models import Account, AuditEvent, Passkey

pytestmark = pytest.mark.django_db
SECURITY, CODE, ASK = "/accounts/security/", "/accounts/code/", "/accounts/code/passkey/"
MINE, OFFER = "/accounts/security/passkeys/", "/accounts/security/passkeys/offer/"
HOST = "tokens.acme.example"


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.PUBLIC_URL = f"https://{HOST}"


def new_key() -> SoftKey:
    return SoftKey(origin=f"https://{HOST}", host=HOST)


def options(client: Client, url: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post(url).json()["options"]
    return found


def add(client: Client, key: SoftKey, name: str = "Laptop") -> str:
    data = {"act": "add", "name": name, "credential": key.make(options(client, OFFER))}
    return client.post(MINE, data, follow=True).content.decode()


def test_the_first_one_shows_recovery_codes_once(as_administrator: Client) -> None:
    page = add(as_administrator, new_key())
    assert len(re.findall(r"\b[a-z2-9]{5}-[a-z2-9]{5}\b", page)) == 10
    again = as_administrator.get(SECURITY).content.decode()
    assert "Laptop" in again
    assert "shown only now" not in again
    assert "The passkey is set up." in add(as_administrator, new_key(), "Phone")


def test_after_the_password_it_opens(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    key = new_key()
    add(as_administrator, key)
    client = at_the_code(administrator, password)
    assert "Use a passkey" in client.get(CODE).content.decode()
    answer = client.post(CODE, {"credential": key.sign(options(client, ASK))})
    assert (answer.status_code, answer["Location"]) == (302, "/team/")
    assert client.get("/team/").status_code == 200
    entry = AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGNED_IN).order_by("-id")[0]
    assert "password and passkey" in entry.data


def test_an_answer_opens_one_question_of_one_browser(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    key = new_key()
    add(as_administrator, key)
    first, second = at_the_code(administrator, password), at_the_code(administrator, password)
    answer = key.sign(options(first, ASK))
    options(second, ASK)
    for _ in range(2):  # a foreign question, then none at all
        page = second.post(CODE, {"credential": answer}).content.decode()
        assert "This passkey does not open." in page
        assert "_auth_user_id" not in second.session
    assert first.post(CODE, {"credential": answer}).status_code == 302
    first.post("/accounts/logout/")
    assert AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGN_IN_FAILED).count() == 2


def test_a_question_is_used_up_by_a_wrong_answer(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    key = new_key()
    add(as_administrator, key)
    client = at_the_code(administrator, password)
    right = {"credential": key.sign(options(client, ASK))}
    client.post(CODE, {"credential": "{}"})
    assert client.post(CODE, right).status_code == 200
    assert "_auth_user_id" not in client.session


def test_wrong_answers_lock_the_step(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    key = new_key()
    add(as_administrator, key)
    client = at_the_code(administrator, password)
    statuses = [client.post(CODE, {"credential": "{}"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    right = {"credential": key.sign(options(client, ASK))}
    assert client.post(CODE, right).status_code == 429


def test_without_a_password_nothing_is_asked(client: Client, administrator: Account) -> None:
    answer = client.post(ASK)
    assert (answer.status_code, "options" in answer.json()) == (403, False)


def test_it_is_not_offered_to_whom_has_none(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    Account.objects.update(has_second_factor=True)
    client = at_the_code(administrator, password)
    assert "Use a passkey" not in client.get(CODE).content.decode()
    assert client.post(ASK).status_code == 403


def test_adding_and_removing_ask_for_the_password_again(as_administrator: Client) -> None:
    add(as_administrator, new_key())
    session = as_administrator.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    assert as_administrator.post(OFFER).status_code == 403
    data = {"act": "remove", "passkey": str(Passkey.objects.get().pk)}
    answer = as_administrator.post(MINE, data)
    assert answer["Location"] == "/accounts/confirm/?next=%2Faccounts%2Fsecurity%2F"
    assert Passkey.objects.count() == 1


def test_rename_and_remove(as_administrator: Client, administrator: Account) -> None:
    add(as_administrator, new_key())
    one = {"passkey": str(Passkey.objects.get().pk)}
    as_administrator.post(MINE, {**one, "act": "rename", "name": "Key in the safe"})
    page = as_administrator.get(SECURITY).content.decode()
    assert "Key in the safe" in page
    assert "your password alone opens after it" in page
    refused = as_administrator.post(MINE, {**one, "act": "rename", "name": ""}, follow=True)
    assert "The name is required." in refused.content.decode()
    page = as_administrator.post(MINE, {**one, "act": "remove"}, follow=True).content.decode()
    assert "Your password alone opens now." in page
    administrator.refresh_from_db()
    assert not administrator.has_second_factor
    assert as_administrator.post(MINE, {**one, "act": "remove"}).status_code == 404
    assert as_administrator.post(MINE, {"act": "remove", "passkey": "x"}).status_code == 404
    assert as_administrator.post(MINE, {"act": "nonsense"}).status_code == 400


def test_of_others_nothing_can_be_changed(as_administrator: Client, auditor: Account) -> None:
    add(as_administrator, new_key())
    one = {"passkey": str(Passkey.objects.get().pk), "act": "remove"}
    assert signed_in(auditor).post(MINE, one).status_code == 404
    assert Passkey.objects.count() == 1


def test_where_everybody_needs_one_a_passkey_is_one(as_auditor: Client, settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    assert as_auditor.get("/")["Location"] == SECURITY
    add(as_auditor, new_key())
    assert as_auditor.get("/tokens/").status_code == 200
    page = as_auditor.get(SECURITY).content.decode()
    assert "nothing else opens until you set up another" in page
    data = {"act": "remove", "passkey": str(Passkey.objects.get().pk)}
    page = as_auditor.post(MINE, data, follow=True).content.decode()
    assert "That was your last second factor." in page
    assert as_auditor.get("/tokens/")["Location"] == SECURITY


def test_a_false_answer_is_told_in_words(as_administrator: Client) -> None:
    key = new_key()
    data = {"act": "add", "name": "x", "credential": key.make(options(as_administrator, OFFER))}
    as_administrator.post(MINE, {**data, "credential": "nonsense"})
    page = as_administrator.post(MINE, data, follow=True).content.decode()
    assert "This took too long. Try again." in page  # the question was used up
    options(as_administrator, OFFER)
    page = as_administrator.post(MINE, data, follow=True).content.decode()
    assert "The answer of the browser does not answer what was asked." in page
    assert not Passkey.objects.exists()


def test_at_an_ip_address_it_says_why_there_are_none(
    as_administrator: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    page = as_administrator.get(SECURITY).content.decode()
    assert "Add a passkey" not in page
    assert "this instance is at http://127.0.0.1:8000" in page
    assert as_administrator.post(OFFER).status_code == 409


def test_an_administrator_takes_a_lost_one_away(as_administrator: Client, auditor: Account) -> None:
    add(signed_in(auditor), new_key())
    as_administrator.post(f"/team/{auditor.pk}/second-factor/")
    assert not Passkey.objects.exists()
