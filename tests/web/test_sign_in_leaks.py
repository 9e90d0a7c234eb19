"""A token that somebody pastes before signing in stays in no address, page, table or entry."""

import threading
import time
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.test import Client

from tests.factories import token_value
from tokens.models import Account, AuditEvent
from tokens.web.way_back import without_token

LOGIN = "/accounts/login/"


def stored() -> str:
    """Everything that a sign-in leaves in the database, as text."""
    rows: list[Any] = []
    for model in (AccessAttempt, AccessLog, AuditEvent):
        rows += model._default_manager.values_list()
    return repr(rows)


@pytest.mark.parametrize("query", ["q={}", "q=a&x={}", "{}", "q=Bearer+{}", "company={}&cursor=1"])
def test_a_token_in_an_address_does_not_travel_through_the_sign_in(
    db: None, administrator: Account, query: str
) -> None:
    value = token_value()
    client = Client()
    sent = client.get(f"/tokens/?{query.format(value)}")
    assert sent["Location"] == f"{LOGIN}?next=/tokens/"
    bad = f"/tokens/?{query.format(value)}"
    page = client.get(LOGIN, {"next": bad})
    assert value not in page.content.decode()
    answer = client.post(
        f"{LOGIN}?next={bad}&x={value}",
        {"username": administrator.email, "password": "wrong", "next": bad, "more": value},
    )
    assert answer.status_code == 200
    assert value not in answer.content.decode()
    assert AccessAttempt.objects.count() == 1
    assert value not in stored()


@pytest.mark.parametrize("address", ["/tokens/", "/tokens/?q=erp&flag=overdue", "/?a=1"])
def test_other_addresses_are_come_back_to_whole(address: str) -> None:
    assert without_token(address) == address


@pytest.mark.parametrize("wrap", ["{}", " {} ", "{}@acme", "Bearer {}"])
def test_a_token_in_the_field_of_the_e_mail_is_kept_nowhere(
    administrator: Account, wrap: str
) -> None:
    value = token_value()
    answer = Client().post(LOGIN, {"username": wrap.format(value), "password": "wrong"})
    assert answer.status_code == 200
    assert "Enter your e-mail." in answer.content.decode()
    assert value not in answer.content.decode()
    assert value.lower() not in stored().lower()


def test_a_password_in_the_field_of_the_e_mail_is_kept_nowhere(
    administrator: Account, password: str
) -> None:
    answer = Client().post(LOGIN, {"username": password, "password": password})
    assert password not in answer.content.decode()
    assert password.lower() not in stored().lower()


def test_what_is_sent_again_and_again_does_not_pile_up(administrator: Account) -> None:
    for _ in range(12):
        Client().post(LOGIN, {"username": administrator.email, "password": "x", "more": "y" * 999})
    assert "yyy" not in stored()
    assert AuditEvent.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_all_at_once_get_no_more_than_one_by_one(
    administrator: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def slowly(_backend: ModelBackend, _request: Any, username: str, password: str) -> None:
        looked_at.append(password)
        time.sleep(0.3)

    def guess(number: int) -> None:
        address = {"X-Forwarded-For": f"10.0.0.{number}"}
        given = {"username": "ada@acme.example", "password": f"guess {number}"}
        answers.append(Client().post(LOGIN, given, headers=address).status_code)
        connection.close()

    answers: list[int] = []
    monkeypatch.setattr(ModelBackend, "authenticate", slowly)
    threads = [threading.Thread(target=guess, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 5
    assert answers.count(429) >= 15
    assert len(answers) == 20


def test_a_right_password_makes_the_tries_free_again(administrator: Account, password: str) -> None:
    for _ in range(3):
        for _ in range(4):
            Client().post(LOGIN, {"username": administrator.email, "password": "wrong"})
        given = {"username": administrator.email, "password": password}
        assert Client().post(LOGIN, given).status_code == 302
