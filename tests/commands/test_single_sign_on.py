"""The host's side of single sign-on: asking the provider, letting in by password, unlinking."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from tests.factories import make_account
from tests.stand_in.oidc import CLIENT, SECRET, Provider, provider
from tokens.audit import Event
from tokens.checks import check_single_sign_on
from tokens.models import AuditEvent, Identity, OpenPassword
from tokens.services.open_password import is_closed

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture
def idp(settings: Settings) -> Iterator[Provider]:
    with provider() as running:
        settings.OIDC_ISSUER = running.url
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_ADMINISTRATORS, settings.OIDC_ONLY = ["admins"], True
        yield running


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("single_sign_on", "--json", *words, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def ends(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    return int(str(ended.value.code))


def test_a_provider_that_answers_is_said(idp: Provider) -> None:
    found = run("check")
    assert found == {
        "issuer": idp.url,
        "ok": True,
        "keys": 1,
        "redirect": "http://testserver/accounts/oidc/callback/",
    }


@pytest.mark.parametrize("trouble", ["down", "keys", "other issuer", "not https"])
def test_one_that_does_not_answer_as_it_should_ends_with_1(
    idp: Provider, settings: Settings, trouble: str
) -> None:
    idp.world.down = {"down": "configuration", "keys": "keys"}.get(trouble, "")
    idp.world.issuer = "https://evil.example" if trouble == "other issuer" else ""
    settings.PRODUCTION = trouble == "not https"
    assert ends("check") == 1


def test_without_a_provider_there_is_nothing_to_ask() -> None:
    assert ends("check") == 2


def test_an_account_is_let_in_by_password_for_a_while(idp: Provider) -> None:
    account, now = make_account(), timezone.now()
    assert is_closed(account.email, now)
    until = datetime.fromisoformat(run("open_password", account.email.upper())["until"])
    assert timedelta(hours=4) <= until - now < timedelta(hours=4, minutes=1)
    assert not is_closed(account.email, until - timedelta(seconds=1))
    assert is_closed(account.email, until)
    entry = AuditEvent.objects.get(kind=Event.PASSWORD_OPENED)
    assert (entry.actor_kind, entry.subject_name) == ("command", account.email)
    run("open_password", account.email, "--hours", "1")
    assert OpenPassword.objects.get().until < until
    assert run("close_password", account.email)["ended"] is True
    assert is_closed(account.email, now)
    assert run("close_password", account.email)["ended"] is False
    assert AuditEvent.objects.filter(kind=Event.PASSWORD_CLOSED).count() == 1


@pytest.mark.parametrize("hours", ["0", "73", "-1"])
def test_for_no_longer_than_three_days(idp: Provider, hours: str) -> None:
    assert ends("open_password", make_account().email, f"--hours={hours}") == 2
    assert not OpenPassword.objects.exists()


def test_an_unknown_account_is_said(idp: Provider) -> None:
    assert ends("open_password", "nobody@acme.example") == 2


def test_who_an_account_is_at_the_provider_can_be_forgotten(idp: Provider) -> None:
    account = make_account()
    Identity.objects.create(
        account=account, issuer=idp.url, subject="u-1", linked_at=timezone.now()
    )
    assert run("unlink", account.email)["unlinked"] == 1
    assert not Identity.objects.exists()
    assert AuditEvent.objects.get(kind=Event.SIGN_ON_UNLINKED).subject_name == account.email
    assert run("unlink", account.email)["unlinked"] == 0


def test_settings_that_make_no_sense_are_a_start_up_error(
    idp: Provider, settings: Settings
) -> None:
    assert check_single_sign_on() == []
    settings.OIDC_CLIENT_SECRET, settings.OIDC_MFA = "", "sometimes"
    found = check_single_sign_on()
    assert [each.id for each in found] == ["tokens.E007", "tokens.E007"]
    assert all(each.hint for each in found)
    assert "sometimes" not in str(found)
