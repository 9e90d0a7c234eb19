"""The set-up page: once, with the code that only the server's keeper can read."""

import secrets
import stat
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from tests.web.conftest import NOW
from tokens.audit import Event
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, AuditEvent
from tokens.services.setup import ALPHABET, complete_setup, setup_code

EMAIL = "ada@acme.example"


def send(client: Client, **changes: str) -> object:
    data = {"code": setup_code() or "", "email": EMAIL, "password": "", **changes}
    return client.post("/setup/", data)


@pytest.mark.django_db
def test_before_set_up_every_page_leads_there(client: Client) -> None:
    for address in ("/accounts/login/", "/team/", "/accounts/password/", "/components/"):
        assert client.get(address)["Location"] == "/setup/"
    assert client.get("/setup/").status_code == 200
    assert client.get("/healthz/").status_code == 200


@pytest.mark.django_db
def test_the_code_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    code = setup_code()
    path = tmp_path / "keys" / "setup_code"
    assert code is not None
    assert setup_code() == code
    assert len(code) == 23
    assert set(code) <= {*ALPHABET, "-"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["setup_code"]


@pytest.mark.django_db(transaction=True)
def test_the_right_code_makes_the_administrator_signs_in_and_closes_the_page(
    client: Client, password: str, tmp_path: Path
) -> None:
    code = (setup_code() or "").lower().replace("-", " ")
    answer = client.post(
        "/setup/", {"code": code, "email": " ADA@acme.example", "password": password}
    )
    assert answer.status_code == 302, answer.content.decode()
    account = Account.objects.get()
    assert (account.email, account.role, account.is_active) == (EMAIL, "administrator", True)
    assert client.get("/team/").status_code == 200
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", {}).status_code == 404
    assert setup_code() is None
    assert not (tmp_path / "keys" / "setup_code").exists()
    entry = AuditEvent.objects.get(kind=Event.SETUP_DONE)
    assert (entry.actor_name, entry.subject_id) == (EMAIL, str(account.pk))
    assert password not in entry.data


@pytest.mark.django_db
def test_a_wrong_code_makes_nothing_and_is_not_echoed(client: Client, password: str) -> None:
    guess = secrets.token_hex(8)
    answer = client.post("/setup/", {"code": guess, "email": EMAIL, "password": password})
    page = answer.content.decode()
    assert "This is not the code." in page
    assert guess not in page
    assert password not in page
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_guessing_is_throttled_even_for_the_right_code(client: Client, password: str) -> None:
    data = {"code": "guess", "email": EMAIL, "password": password}
    for _ in range(10):
        client.post("/setup/", data)
    answer = client.post("/setup/", {**data, "code": setup_code() or ""})
    assert "Too many wrong codes" in answer.content.decode()
    assert not Account.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("weak", ["", "short", "1234567890123", "ada@acme.example"])
def test_weak_passwords_are_refused_by_name_of_the_field(client: Client, weak: str) -> None:
    answer = client.post("/setup/", {"code": setup_code() or "", "email": EMAIL, "password": weak})
    assert answer.context["form"].errors.keys() == {"password"}
    assert 'aria-describedby="id_password_helptext id_password_error"' in answer.content.decode()
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_the_service_refuses_wrong_codes_and_a_second_time(password: str) -> None:
    with pytest.raises(InvalidInput, match="not the code"):
        complete_setup(code="", email=EMAIL, password=password, address="", now=NOW)
    code = setup_code() or ""
    complete_setup(code=code, email=EMAIL, password=password, address="", now=NOW)
    with pytest.raises(WrongState):
        complete_setup(code=code, email="b@acme.example", password=password, address="", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(password: str) -> None:
    code = setup_code() or ""
    ready = threading.Barrier(2)
    results: list[str] = []

    def attempt(email: str) -> None:
        ready.wait(10)
        try:
            complete_setup(code=code, email=email, password=password, address="", now=NOW)
            results.append("made")
        except (WrongState, InvalidInput):  # the other one is done, or has just taken the code away
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(f"{n}@acme.example",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["made", "refused"]
    assert Account.objects.count() == 1
