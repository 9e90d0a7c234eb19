"""The keys of a process, and the start-up checks about them."""

import pytest
from django.db import connection
from pytest_django import Settings

from coolset_admin import local_keys
from tokens import checks, keys
from tokens.errors import KeyringError


def test_a_process_that_may_not_open_has_no_keyring(settings: Settings) -> None:
    public = keys.public_key().setting_text()
    assert keys.private_keyring().key_ids
    settings.VAULT_MAY_OPEN = False
    settings.TOKEN_KEYS = ""
    with pytest.raises(KeyringError, match="TOKEN_KEYS"):
        keys.private_keyring()
    assert keys.public_key().setting_text() == public


def test_the_public_key_is_the_current_one_of_the_keyring(settings: Settings) -> None:
    newer = local_keys.new_keyring()
    settings.TOKEN_KEYS = f"{newer},{settings.TOKEN_KEYS}"
    assert keys.public_key().key_id == newer.split(":")[0]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("TOKEN_KEYS", keys.private_keyring),
        ("FINGERPRINT_KEY", keys.fingerprint_key),
    ],
)
@pytest.mark.parametrize("value", ["", "AAAA"])
def test_what_is_missing_or_wrong_is_named(
    settings: Settings, name: str, read: object, value: str
) -> None:
    setattr(settings, name, value)
    with pytest.raises(KeyringError, match=name):
        read()  # type: ignore[operator]


def test_checks_find_a_wrong_key_and_a_wrong_address(settings: Settings) -> None:
    assert not checks.check_keys()
    assert not checks.check_api_address()
    settings.FINGERPRINT_KEY = "AAAA"
    settings.COOLSET_API_URL = "https://evil.example/api/"
    assert [found.id for found in checks.check_keys()] == ["tokens.E002"]
    assert [found.id for found in checks.check_api_address()] == ["tokens.E001"]
    assert all(found.hint for found in checks.check_keys() + checks.check_api_address())


@pytest.mark.django_db
def test_the_check_finds_missing_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checks.check_audit_triggers(databases=[connection.alias])
    monkeypatch.setattr("tokens.audit.triggers.unguarded", lambda _: ["no_update"])
    found = checks.check_audit_triggers(databases=[connection.alias])
    assert [one.id for one in found] == ["tokens.E003"]
    assert not checks.check_audit_triggers(databases=None)
