"""Sign-in, sign-out, passwords, and the link of a new account."""

import pytest
from django.test import Client

from tokens.audit import Event
from tokens.models import Account, AuditEvent
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


def test_signing_in_goes_on_to_the_page_asked_for_with_a_new_session(
    client: Client, administrator: Account, password: str
) -> None:
    client.get(LOGIN)
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    answer = client.post(
        LOGIN, {"username": " Ada@ACME.example ", "password": password, "next": "/team/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/team/")
    assert client.session.session_key != before
    entry = AuditEvent.objects.get()
    assert (entry.kind, entry.actor_name) == (Event.ACCOUNT_SIGNED_IN, "ada@acme.example")


def test_a_foreign_address_is_no_page_to_go_on_to(
    client: Client, administrator: Account, password: str
) -> None:
    data = {"username": administrator.email, "password": password, "next": "https://evil.example/"}
    assert client.post(LOGIN, data)["Location"] == "/"


@pytest.mark.parametrize("email", ["ada@acme.example", "nobody@acme.example", "off@acme.example"])
def test_one_error_for_every_reason(
    client: Client, administrator: Account, password: str, email: str
) -> None:
    off = Account.objects.create_account(
        email="off@acme.example", role=Role.AUDITOR, password=password
    )
    Account.objects.filter(pk=off.pk).update(is_active=False)
    given = password if email.startswith("off") else f"{password}x"
    answer = client.post(LOGIN, {"username": email, "password": given})
    page = answer.content.decode()
    assert "The e-mail or the password is wrong." in page
    assert given not in page
    entry = AuditEvent.objects.get()
    assert (entry.kind, entry.subject_id) == (Event.ACCOUNT_SIGN_IN_FAILED, "")
    assert email in entry.data
    assert given not in entry.data


def test_too_many_attempts_close_the_door_even_for_the_right_password(
    client: Client, administrator: Account, password: str
) -> None:
    for _ in range(5):
        client.post(LOGIN, {"username": administrator.email, "password": "wrong"})
    answer = client.post(
        LOGIN,
        {"username": administrator.email.upper(), "password": password},
        headers={"X-Forwarded-For": "10.9.8.7"},
    )
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_lock_is_of_one_account_from_one_address(
    client: Client, administrator: Account, auditor: Account, password: str
) -> None:
    for _ in range(5):
        client.post(LOGIN, {"username": administrator.email, "password": "wrong"})
    colleague = {"username": auditor.email, "password": password}
    assert client.post(LOGIN, colleague).status_code == 302
    elsewhere = {"username": administrator.email, "password": password}
    assert Client(REMOTE_ADDR="192.0.2.7").post(LOGIN, elsewhere).status_code == 302


def test_signing_out_needs_a_post_and_is_audited(as_administrator: Client) -> None:
    assert as_administrator.get("/accounts/logout/").status_code == 405
    assert as_administrator.post("/accounts/logout/")["Location"] == LOGIN
    assert as_administrator.get("/team/").status_code == 302
    assert kinds() == [Event.ACCOUNT_SIGNED_OUT]


def test_changing_the_password_ends_other_sessions(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    other = Client()
    other.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    new = f"{password}-new"
    answer = as_administrator.post(
        "/accounts/password/",
        {"old_password": password, "new_password1": new, "new_password2": new},
    )
    assert answer.status_code == 302
    assert as_administrator.get("/team/").status_code == 200
    assert other.get("/team/").status_code == 302
    assert kinds() == [Event.ACCOUNT_PASSWORD_CHANGED]


def test_a_wrong_old_password_changes_nothing(as_administrator: Client, password: str) -> None:
    new = f"{password}-new"
    answer = as_administrator.post(
        "/accounts/password/", {"old_password": new, "new_password1": new, "new_password2": new}
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"old_password"}
    assert new not in answer.content.decode()
    assert kinds() == ["account.sign_in_failed"]


def test_the_old_password_cannot_be_guessed_without_end(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    new = f"{password}-new"
    data = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    for _ in range(5):
        assert as_administrator.post("/accounts/password/", data).status_code == 200
    late = as_administrator.post("/accounts/password/", {**data, "old_password": password})
    assert late.status_code == 429
    assert password not in late.content.decode()
    administrator.refresh_from_db()
    assert administrator.check_password(password)


def test_a_new_password_that_is_too_weak_costs_no_try(
    as_administrator: Client, password: str
) -> None:
    data = {"old_password": password, "new_password1": "short", "new_password2": "short"}
    for _ in range(7):
        assert as_administrator.post("/accounts/password/", data).status_code == 200
