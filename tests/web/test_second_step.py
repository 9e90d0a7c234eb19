"""Signing in with a second factor, setting it up, and having to."""

import base64
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.web.conftest import signed_in
from tokens.audit import Event
from tokens.models import Account, AuditEvent
from tokens.services.second_factor.keeping import code_at

pytestmark = pytest.mark.django_db
SECURITY, CODE = "/accounts/security/", "/accounts/code/"


def code(secret: str, steps: int = 0) -> str:
    return code_at(base64.b32decode(secret), int(timezone.now().timestamp()) // 30 + steps)


def set_up(client: Client) -> tuple[str, list[str]]:
    """Through the page, as a person does it: the secret, and the recovery codes."""
    page = client.get(SECURITY).content.decode()
    secret = re.search(r'id="secret" value="([A-Z2-7]+)"', page)
    assert secret
    done = client.post(SECURITY, {"act": "confirm", "code": code(secret[1], -1)}).content.decode()
    codes = re.findall(r"^([a-z2-9]{5}-[a-z2-9]{5})$", done.replace('">', '">\n'), re.M)
    assert len(codes) == 10
    return secret[1], codes


def at_the_code(account: Account, password: str, way_on: str = "/team/") -> Client:
    client = Client()
    data = {"username": account.email, "password": password, "next": way_on}
    assert client.post("/accounts/login/", data)["Location"] == CODE
    return client


@pytest.fixture
def secret(as_administrator: Client) -> str:
    return set_up(as_administrator)[0]


def test_the_password_alone_opens_nothing(
    secret: str, administrator: Account, password: str
) -> None:
    client = at_the_code(administrator, password)
    assert client.get("/")["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_with_the_code_it_goes_on_to_the_page_asked_for(
    secret: str, administrator: Account, password: str
) -> None:
    client = at_the_code(administrator, password)
    assert "Your password was right" in client.get(CODE).content.decode()
    answer = client.post(CODE, {"code": code(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/team/")
    assert client.get("/team/").status_code == 200
    entry = AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGNED_IN).order_by("-id")[0]
    assert "password and authenticator" in entry.data


def test_a_recovery_code_does_too(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    _, codes = set_up(as_administrator)
    client = at_the_code(administrator, password)
    assert client.post(CODE, {"code": codes[0]})["Location"] == "/team/"
    again = at_the_code(administrator, password)
    assert "does not open" in again.post(CODE, {"code": codes[0]}).content.decode()


def test_guesses_are_limited_for_the_account_and_not_for_the_browser(
    secret: str, administrator: Account, password: str
) -> None:
    for _ in range(5):
        page = at_the_code(administrator, password).post(CODE, {"code": "000000"})
        assert "000000" not in page.content.decode()
    answer = at_the_code(administrator, password).post(CODE, {"code": code(secret)})
    assert answer.status_code == 429
    failed = AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGN_IN_FAILED).count()
    assert failed == 5


def test_the_code_has_five_minutes(secret: str, administrator: Account, password: str) -> None:
    client = at_the_code(administrator, password)
    session = client.session
    waiting = session["second_step"]
    waiting["since"] = (timezone.now() - timedelta(minutes=5)).isoformat()
    session["second_step"] = waiting
    session.save()
    assert client.post(CODE, {"code": code(secret)})["Location"] == "/accounts/login/"


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_what_changed_meanwhile_ends_the_step(
    change: str, secret: str, administrator: Account, password: str
) -> None:
    client = at_the_code(administrator, password)
    if change == "password":
        administrator.set_password(f"{password}-new")
    administrator.is_active = change != "disabled"
    administrator.save()
    assert client.post(CODE, {"code": code(secret)})["Location"] == "/accounts/login/"


def test_without_a_password_there_is_no_step(client: Client, administrator: Account) -> None:
    assert client.get(CODE)["Location"] == "/accounts/login/"
    assert client.post(CODE, {"code": "123456"})["Location"] == "/accounts/login/"


def test_setting_it_up_asks_for_the_password_again(as_administrator: Client) -> None:
    session = as_administrator.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    for answer in (as_administrator.get(SECURITY), as_administrator.post(SECURITY)):
        assert answer["Location"].startswith("/accounts/confirm/?next=")


def test_a_wrong_first_code_sets_nothing_up(
    as_administrator: Client, administrator: Account
) -> None:
    as_administrator.get(SECURITY)
    page = as_administrator.post(SECURITY, {"act": "confirm", "code": "000000"})
    assert "is not the one that the app shows now" in page.content.decode()
    administrator.refresh_from_db()
    assert not administrator.has_second_factor


def test_the_picture_is_drawn_here(as_administrator: Client) -> None:
    page = as_administrator.get(SECURITY).content.decode()
    assert re.search(r'<path d="M4 4h1v1h-1z', page)
    assert "style=" not in page


def test_it_can_be_taken_away_and_codes_renewed(
    as_administrator: Client, administrator: Account
) -> None:
    set_up(as_administrator)
    page = as_administrator.post(SECURITY, {"act": "renew"}).content.decode()
    assert "shown only now" in page
    as_administrator.post(SECURITY, {"act": "remove"})
    administrator.refresh_from_db()
    assert not administrator.has_second_factor
    assert as_administrator.post(SECURITY, {"act": "nonsense"}).status_code == 400


def test_an_administrator_helps_somebody_who_lost_theirs(
    as_administrator: Client, auditor: Account
) -> None:
    set_up(signed_in(auditor))
    url = f"/team/{auditor.pk}/second-factor/"
    assert "Remove second factor" in as_administrator.get("/team/").content.decode()
    page = as_administrator.post(url, follow=True).content.decode()
    assert "signs in without a second factor now" in page
    assert "has no second factor" in as_administrator.post(url).content.decode()
    assert AuditEvent.objects.filter(kind=Event.SECOND_FACTOR_REMOVED).count() == 1


def test_where_everybody_needs_one_nothing_else_opens(
    as_auditor: Client, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    for url in ("/", "/tokens/", "/audit/"):
        assert as_auditor.get(url)["Location"] == SECURITY
    assert as_auditor.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == SECURITY
    answer = as_auditor.get("/api/v1/tokens/")
    assert answer.status_code == 403
    assert SECURITY in answer.json()["detail"]
    assert "Set up a second factor to go on." in as_auditor.get(SECURITY).content.decode()
    set_up(as_auditor)
    assert as_auditor.get("/tokens/").status_code == 200
    assert as_auditor.get("/api/v1/tokens/").status_code == 200


def test_everybody_can_still_leave(as_auditor: Client, settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    assert as_auditor.get("/accounts/password/").status_code == 200
    assert as_auditor.post("/accounts/logout/")["Location"] == "/accounts/login/"


@pytest.mark.parametrize("given", ["authenticator", "recovery code"])
def test_after_another_secret_key_it_says_so_and_guesses_nothing(
    given: str, secret: str, administrator: Account, password: str, settings: Settings
) -> None:
    settings.SECRET_KEY = f"{settings.SECRET_KEY}-another"
    client = at_the_code(administrator, password)
    answer = client.post(
        CODE, {"code": code(secret) if given == "authenticator" else "abcde-fghjk"}
    )
    assert answer.status_code == 503
    assert "DJANGO_SECRET_KEY" in answer.content.decode()
    assert not AuditEvent.objects.filter(kind=Event.ACCOUNT_SIGN_IN_FAILED).exists()
