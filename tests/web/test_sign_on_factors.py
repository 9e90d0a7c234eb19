"""Single sign-on and the second factor, step-up by the provider, and passwords beside it."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.stand_in.oidc import Provider
from tests.web.conftest import signed_in
from tests.web.sign_on import (
    ADMINS,
    AGAIN,
    CALLBACK,
    LOGIN,
    come_back,
    depart,
    person,
    said,
    sign_on,
)
from tests.web.test_second_step import code, set_up
from tokens.audit import Event
from tokens.models import Account, AuditEvent, Authenticator, OpenPassword
from tokens.services.second_factor import keeping
from tokens.step_up import note_proof

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
CODE, SECURITY, CONFIRM = "/accounts/code/", "/accounts/security/", "/accounts/confirm/"


@pytest.fixture(autouse=True)
def _set_up(administrator: Account) -> None:
    """Somebody has set the product up."""


@pytest.fixture
def grace(idp: Provider) -> Client:
    """Signed in by single sign-on, without a password and with no second factor of ours."""
    client = Client()
    sign_on(client)
    return client


def with_authenticator(client: Client) -> str:
    account = Account.objects.get(pk=client.session["_auth_user_id"])
    secret = keeping.new_secret()
    Authenticator.objects.create(
        account=account, sealed=keeping.sealed(secret), created_at=timezone.now()
    )
    Account.objects.filter(pk=account.pk).update(has_second_factor=True)
    return base64.b32encode(secret).decode()


def aged(client: Client, minutes: int = 11) -> Client:
    session = client.session
    session.pop("opened_at", None)
    session.pop("sign_on_enrol", None)
    note_proof(session, timezone.now() - timedelta(minutes=minutes))
    session.save()
    return client


def last_facts(kind: Event) -> dict[str, str]:
    found: dict[str, str] = json.loads(AuditEvent.objects.filter(kind=kind).latest("id").data)
    return found


def test_our_second_factor_is_asked_although_the_provider_let_somebody_in(
    idp: Provider, grace: Client
) -> None:
    secret = with_authenticator(grace)
    client = Client()
    assert sign_on(client, next="/team/")["Location"] == CODE
    assert "_auth_user_id" not in client.session
    page = client.get(CODE).content.decode()
    assert "The first step is done." in page
    assert "password was right" not in page
    assert client.post(CODE, {"code": code(secret)})["Location"] == "/team/"
    assert last_facts(Event.ACCOUNT_SIGNED_IN)["method"] == "single sign-on and authenticator"


def test_a_second_factor_of_the_provider_counts_where_its_answer_says_so(
    idp: Provider, grace: Client
) -> None:
    with_authenticator(grace)
    idp.world.person = person(amr=["pwd", "otp"])
    client = Client()
    assert sign_on(client, next="/team/")["Location"] == "/team/"
    assert client.get("/team/").status_code == 200


def test_the_host_may_say_that_ours_is_always_asked(
    idp: Provider, grace: Client, settings: Settings
) -> None:
    settings.OIDC_MFA = "ours"
    with_authenticator(grace)
    idp.world.person = person(amr=["mfa"])
    assert sign_on(Client())["Location"] == CODE


def test_where_everybody_needs_one_nothing_else_opens(
    idp: Provider, client: Client, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    sign_on(client)
    assert client.get("/team/")["Location"] == SECURITY
    assert client.get("/api/v1/tokens/").status_code == 403


def test_the_first_one_is_set_up_right_after_coming_in(
    idp: Provider, client: Client, settings: Settings
) -> None:
    """Also where the provider does not say when it asked: there is nothing to prove it by yet."""
    settings.MFA_REQUIRED, idp.world.tells_when = True, False
    sign_on(client)
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert client.get("/").status_code == 200
    other = Client()
    assert sign_on(other)["Location"] == CODE
    assert other.post(CODE, {"code": code(secret)})["Location"] == "/"


def test_but_not_later(idp: Provider, client: Client) -> None:
    idp.world.tells_when = False
    sign_on(client)
    assert aged(client).get(SECURITY)["Location"].startswith(CONFIRM)
    offer = client.post("/accounts/security/passkeys/offer/")
    assert offer.status_code == 403


def test_one_that_the_provider_asked_is_one_for_that_session_alone(
    idp: Provider, client: Client, settings: Settings, administrator: Account
) -> None:
    settings.MFA_REQUIRED = True
    idp.world.person = person(amr=["mfa"], email=administrator.email)
    sign_on(client)
    assert client.get("/team/").status_code == 200
    assert client.get("/api/v1/tokens/").status_code == 200
    assert signed_in(administrator).get("/team/")["Location"] == SECURITY


def test_an_older_sign_in_at_the_provider_opens_no_dangerous_work(
    idp: Provider, client: Client
) -> None:
    idp.world.signed_in_at = (timezone.now() - timedelta(minutes=11)).timestamp()
    sign_on(client)
    assert client.get("/tokens/").status_code == 200
    assert client.get("/team/")["Location"].startswith(CONFIRM)


def test_a_provider_that_does_not_say_when_opens_none_either(idp: Provider, client: Client) -> None:
    idp.world.tells_when = False
    sign_on(client)
    assert client.get("/team/")["Location"].startswith(CONFIRM)


def test_who_has_no_password_is_sent_to_the_provider_again(idp: Provider, grace: Client) -> None:
    question = aged(grace).get("/team/")["Location"]
    page = grace.get(question).content.decode()
    assert "Sign in with Acme again" in page
    assert f'href="{AGAIN}?next=%2Fteam%2F"' in page
    assert 'name="password"' not in page
    before = grace.session.session_key
    idp.world.signed_in_at -= 3600
    assert sign_on(grace, AGAIN, next="/team/")["Location"] == "/team/"
    asked = idp.world.asked[-1]
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert grace.session.session_key != before
    assert grace.get("/team/").status_code == 200
    assert last_facts(Event.ACCOUNT_PROVED_ANEW)["method"] == "single sign-on"


@pytest.mark.parametrize("how", ["ignores the prompt", "does not say when"])
def test_a_provider_that_asked_nobody_proves_nothing(
    idp: Provider, grace: Client, how: str
) -> None:
    aged(grace)
    idp.world.signed_in_at -= 3600
    idp.world.honours_prompt = how != "ignores the prompt"
    idp.world.tells_when = how != "does not say when"
    answer = sign_on(grace, AGAIN, next="/team/")
    assert "did not ask who you are" in said(grace, answer)
    assert answer["Location"] == f"{CONFIRM}?next=%2Fteam%2F"
    assert grace.get("/team/")["Location"].startswith(CONFIRM)
    assert last_facts(Event.SIGN_ON_REFUSED)["refusal"] == "not_fresh"


def test_somebody_elses_sign_in_at_the_provider_proves_nothing(
    idp: Provider, grace: Client
) -> None:
    other = Client()
    idp.world.person = person(sub="u-2", email="mallory@acme.example")
    sign_on(other)
    answer = sign_on(aged(grace), AGAIN, next="/team/")
    assert "as somebody else" in said(grace, answer)
    assert grace.get("/team/")["Location"].startswith(CONFIRM)


def test_a_proof_for_one_account_counts_for_no_other_in_the_same_browser(
    idp: Provider, grace: Client, administrator: Account
) -> None:
    """Begun by one who is signed in, finished by another who signed in meanwhile."""
    address = depart(grace, AGAIN)
    session = grace.session
    flights = session["sign_on"]
    other = signed_in(administrator)
    kept = other.session
    kept["sign_on"] = flights
    kept.save()
    aged(other)
    assert "as somebody else" in said(other, come_back(other, address))
    assert other.get("/team/")["Location"].startswith(CONFIRM)


def test_the_way_to_prove_it_is_for_who_is_signed_in(idp: Provider, client: Client) -> None:
    assert client.get(AGAIN)["Location"].startswith(LOGIN)


def test_who_has_no_password_may_prove_it_by_a_code(idp: Provider, grace: Client) -> None:
    secret = with_authenticator(grace)
    page = aged(grace).get(CONFIRM, {"next": "/team/"}).content.decode()
    assert 'name="code"' in page
    assert 'name="password"' not in page
    wrong = grace.post(CONFIRM, {"code": "000000", "next": "/team/"}).content.decode()
    assert "does not open" in wrong
    assert grace.get("/team/")["Location"].startswith(CONFIRM)
    answer = grace.post(CONFIRM, {"code": code(secret), "next": "/team/"})
    assert answer["Location"] == "/team/"
    assert grace.get("/team/").status_code == 200
    assert last_facts(Event.ACCOUNT_PROVED_ANEW)["method"] == "authenticator"


def test_codes_are_limited_there_too(idp: Provider, grace: Client) -> None:
    secret = with_authenticator(aged(grace))
    for _ in range(5):
        grace.post(CONFIRM, {"code": "000000"})
    page = grace.post(CONFIRM, {"code": code(secret), "next": "/team/"}).content.decode()
    assert "Too many wrong answers" in page
    assert grace.get("/team/")["Location"].startswith(CONFIRM)


def test_a_code_is_no_way_round_the_password(
    as_administrator: Client, administrator: Account
) -> None:
    secret = with_authenticator(as_administrator)
    answer = aged(as_administrator).post(CONFIRM, {"code": code(secret), "next": "/team/"})
    assert answer.status_code == 200
    assert as_administrator.get("/team/")["Location"].startswith(CONFIRM)


def test_passwords_open_nothing_where_single_sign_on_is_the_only_way(
    idp: Provider, client: Client, administrator: Account, password: str, settings: Settings
) -> None:
    settings.OIDC_ONLY = True
    page = client.get(LOGIN).content.decode()
    assert "<details" in page
    given = {"username": administrator.email, "password": password}
    refused = client.post(LOGIN, given)
    wrong = client.post(LOGIN, {**given, "password": "wrong"})
    for answer in (refused, wrong):
        assert "The e-mail or the password is wrong." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    until = timezone.now() + timedelta(hours=1)
    OpenPassword.objects.create(account=administrator, until=until)
    assert client.post(LOGIN, given)["Location"] == "/"


def test_what_the_host_opened_ends(
    idp: Provider, client: Client, administrator: Account, password: str, settings: Settings
) -> None:
    settings.OIDC_ONLY = True
    OpenPassword.objects.create(account=administrator, until=timezone.now())
    client.post(LOGIN, {"username": administrator.email, "password": password})
    assert "_auth_user_id" not in client.session


def test_nor_do_they_confirm_anything_then(
    idp: Provider, as_administrator: Client, password: str, settings: Settings
) -> None:
    settings.OIDC_ONLY = True
    page = aged(as_administrator).get(CONFIRM).content.decode()
    assert 'name="password"' not in page
    as_administrator.post(CONFIRM, {"password": password, "next": "/team/"})
    assert as_administrator.get("/team/")["Location"].startswith(CONFIRM)


def test_the_team_page_says_who_comes_that_way(idp: Provider, grace: Client) -> None:
    page = grace.get("/team/").content.decode()
    assert page.count("single sign-on, role by groups") == 1  # grace, and not ada


def test_signing_out_ends_our_session(idp: Provider, grace: Client) -> None:
    assert grace.post("/accounts/logout/")["Location"] == LOGIN
    assert grace.get("/team/")["Location"].startswith(LOGIN)


def test_who_has_no_password_is_told_so(idp: Provider, grace: Client) -> None:
    page = grace.get("/accounts/password/").content.decode()
    assert "You sign in with Acme" in page
    assert "Old password" not in page


def test_who_has_none_of_these_groups_any_more_keeps_no_way_in(
    idp: Provider, grace: Client
) -> None:
    idp.world.person = person([])
    client = Client()
    assert "lets you in here" in said(client, sign_on(client))
    assert ADMINS not in client.get(LOGIN).content.decode()
    assert client.get(CALLBACK).status_code == 302
