"""A database knows its keys: another one under the same name is refused, at every door."""

import base64
import json
import secrets
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tokens.checks import check_known_keys
from tokens.errors import KeyringError
from tokens.models import KeyRecord
from tokens.services.key_records import record_keys, require_known_keys
from tokens.tasks import heartbeat
from tokens.vault.keyring import generate_private

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def other_fingerprint_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(params=["fingerprint", "vault"])
def wrong(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Keys were written down, then one of them is another one; the words that name it."""
    settings.TOKEN_KEYS = generate_private("main")
    record_keys(now=NOW)
    if request.param == "fingerprint":
        settings.FINGERPRINT_KEY = other_fingerprint_key()
        return "FINGERPRINT_KEY is another one"
    settings.TOKEN_KEYS = generate_private("main")
    return "key main is another one"


def test_keys_are_written_down_once_and_hold_no_secret(settings: Settings) -> None:
    settings.TOKEN_KEYS = f"{generate_private('b')},{generate_private('a')}"
    assert record_keys(now=NOW) == 3
    assert record_keys(now=NOW) == 0
    rows = dict(KeyRecord.objects.values_list("name", "value"))
    assert set(rows) == {"fingerprint", "vault:a", "vault:b"}
    for secret in (settings.FINGERPRINT_KEY, *settings.TOKEN_KEYS.split(",")):
        assert (secret.partition(":")[2] or secret) not in rows.values()


def test_a_new_key_beside_the_old_one_is_fine(settings: Settings) -> None:
    old = generate_private("old")
    settings.TOKEN_KEYS = old
    record_keys(now=NOW)
    settings.TOKEN_KEYS = f"{generate_private('new')},{old}"
    assert record_keys(now=NOW) == 1
    settings.TOKEN_KEYS = settings.TOKEN_KEYS.split(",")[0]
    require_known_keys()


def test_another_key_is_refused_and_not_written_down(wrong: str) -> None:
    before = list(KeyRecord.objects.values_list())
    for call in (require_known_keys, lambda: record_keys(now=NOW)):
        with pytest.raises(KeyringError, match=wrong):
            call()
    assert list(KeyRecord.objects.values_list()) == before


def test_the_heart_of_a_worker_with_it_does_not_beat(wrong: str) -> None:
    with pytest.raises(KeyringError):
        heartbeat()


def test_it_is_not_ready_and_says_why(wrong: str, client: Client) -> None:
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert wrong in json.loads(answer.content)["checks"]["keys"]


def test_a_command_with_it_does_nothing(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("validate_tokens", "--all")
    assert ended.value.code == 1
    assert wrong in capsys.readouterr().err


def test_the_check_of_the_set_up_names_it(wrong: str) -> None:
    (found,) = check_known_keys(databases=["default"])
    assert found.id == "tokens.E005"
    assert wrong in found.msg


def test_without_keys_nothing_is_compared(settings: Settings) -> None:
    record_keys(now=NOW)
    settings.TOKEN_KEYS = settings.TOKEN_PUBLIC_KEY = settings.FINGERPRINT_KEY = ""
    require_known_keys()
    assert check_known_keys(databases=["default"]) == []
