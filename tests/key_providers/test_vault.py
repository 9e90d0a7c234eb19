"""The keyring under a key of Vault's transit engine, over real HTTP."""

from __future__ import annotations

import base64
import io
import json
import logging
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from werkzeug import Response

from coolset_admin import local_keys
from tests.factories import NOW
from tests.key_providers.vault import Vault
from tests.key_providers.words import assert_nothing_leaks
from tokens import keys, tasks
from tokens.errors import KeyringError
from tokens.key_providers import vault_transit
from tokens.key_providers.place import AWAY, MALFORMED, REFUSED, UNREADABLE
from tokens.models import Pulse
from tokens.services.key_records import record_keys
from tokens.services.wrap_keys import wrap_keys

pytestmark = pytest.mark.enable_socket

NOT_ASCII = "VAULT_TOKEN cannot be sent: it holds other than printable ASCII"
NOT_HTTPS = "VAULT_ADDR must be https:// (http:// is for loopback alone)"


@pytest.fixture
def wrapped(vault: Vault, ring: str, settings: Any) -> str:
    settings.TOKEN_KEYS_WRAPPED = wrap_keys(keyring=ring, provider="vault").text
    return str(settings.TOKEN_KEYS_WRAPPED)


def _refused(word: str, *secrets: str) -> None:
    with pytest.raises(KeyringError) as caught:
        keys.private_keyring()
    assert str(caught.value) == word
    assert_nothing_leaks(caught.value, *secrets)


def test_it_is_unwrapped_once_and_at_need(vault: Vault, wrapped: str, ring: str) -> None:
    assert wrapped.startswith("vault:v1:")
    vault.asked = 0
    assert keys.public_key().setting_text() == local_keys.public_of(ring)
    assert keys.older_keys() == ()
    assert vault.asked == 0
    assert keys.private_keyring().key_ids == tuple(key.split(":")[0] for key in ring.split(","))
    assert len(keys.older_keys()) == 1
    keys.private_keyring()
    assert vault.asked == 1


def test_what_is_here_stays_when_the_provider_goes(vault: Vault, wrapped: str) -> None:
    keys.private_keyring()
    vault.broken = Response(status=503)
    assert keys.private_keyring().key_ids


def test_a_provider_that_comes_back_is_asked_again(vault: Vault, wrapped: str) -> None:
    vault.broken = Response(status=503)
    _refused(AWAY)
    vault.broken = None
    assert keys.private_keyring().key_ids


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("VAULT_TRANSIT_KEY", "other", UNREADABLE),
        ("VAULT_TRANSIT_KEY", "nobody", UNREADABLE),
        ("VAULT_TRANSIT_KEY", "../sys", "VAULT_TRANSIT_KEY is not the name of a key"),
        ("VAULT_TRANSIT_KEY", "", "VAULT_TRANSIT_KEY is missing for the key provider"),
        ("VAULT_TOKEN", "hvs.wrong", REFUSED),
        ("VAULT_TOKEN", "a\nX-Vault-Token: b", NOT_ASCII),
        ("VAULT_ADDR", "http://127.0.0.1:9", AWAY),
        ("VAULT_ADDR", "https://127.0.0.1:9", AWAY),
        ("VAULT_ADDR", "http://vault.example.com", NOT_HTTPS),
        ("VAULT_ADDR", "https://u:p@vault.example.com", "VAULT_ADDR is not an address"),
        ("VAULT_ADDR", "https://[::1", "VAULT_ADDR is not an address"),
        ("TOKEN_KEYS_WRAPPED", "vault:v1:AAAA", UNREADABLE),
        ("TOKEN_KEYS_WRAPPED", "", "TOKEN_KEYS_WRAPPED is missing for the key provider"),
        ("TOKEN_KEYS_PROVIDER", "gcp", "TOKEN_KEYS_PROVIDER must be aws-kms or vault"),
    ],
)
def test_what_is_wrong_has_one_word(
    vault: Vault, wrapped: str, ring: str, settings: Any, name: str, value: str, word: str
) -> None:
    setattr(settings, name, value)
    _refused(word, ring, vault.token)


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (200, b"nonsense", MALFORMED),
        (200, b"[" * 50_000, MALFORMED),
        (200, b"[]", MALFORMED),
        (200, b'{"data": 3}', MALFORMED),
        (200, b'{"data": {"plaintext": 3}}', MALFORMED),
        (200, b'{"data": {"plaintext": "A"}}', MALFORMED),
        (200, b'{"data": {"plaintext": "w6k="}}', MALFORMED),
        (200, b" " * 100_000, MALFORMED),
        (200, b'{"data": {"plaintext": "eDp5"}}', "TOKEN_KEYS: entry 1 is not base64 of 32 bytes"),
        (503, b'{"errors": ["Vault is sealed"]}', AWAY),
        (429, b"", AWAY),
    ],
)
def test_odd_answers(vault: Vault, wrapped: str, status: int, body: bytes, word: str) -> None:
    vault.broken = Response(body, status)
    _refused(word, "nonsense", vault.token)


def test_a_redirect_is_not_followed(vault: Vault, wrapped: str) -> None:
    vault.asked, vault.broken = 0, Response(status=307, headers={"Location": "/v1/elsewhere"})
    _refused(AWAY)
    assert vault.asked == 1


def test_time_runs_out(
    vault: Vault, wrapped: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_transit, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.VAULT_ADDR = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        _refused(AWAY)
        assert time.monotonic() - began < 4.5


def test_new_values_must_be_sealed_to_its_first_key(
    vault: Vault, wrapped: str, ring: str, settings: Any
) -> None:
    settings.TOKEN_PUBLIC_KEY = local_keys.public_of(ring.split(",")[1])
    _refused("TOKEN_PUBLIC_KEY is another key than the first of TOKEN_KEYS_WRAPPED", ring)


def test_nothing_of_it_is_logged_or_shown(
    vault: Vault, wrapped: str, ring: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys.private_keyring()
    for secret in (ring, base64.b64encode(ring.encode()).decode(), vault.token):
        assert secret not in caplog.text
    shown = repr(keys.place_of("vault"))
    assert vault.token not in shown
    assert wrapped not in shown


@pytest.mark.django_db
def test_the_worker_does_not_beat_without_it(vault: Vault, wrapped: str) -> None:
    vault.broken = Response(status=503)
    with pytest.raises(KeyringError, match=AWAY):
        tasks.heartbeat()
    assert not Pulse.objects.filter(name="beat").exists()
    vault.broken = None
    tasks.heartbeat()
    assert Pulse.objects.filter(name="beat").exists()
    assert record_keys(now=NOW) == 0  # both keys of the ring and FINGERPRINT_KEY are written down


@pytest.mark.django_db
def test_commands_and_the_deploy_check_say_it(
    vault: Vault, wrapped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.broken = Response(status=503)
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys")
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"{AWAY}\n"
    assert "tokens.E006" in [found.id for found in run_checks(include_deployment_checks=True)]
    assert "tokens.E006" not in [found.id for found in run_checks()]


@pytest.mark.django_db
def test_keys_of_a_provider_that_is_away_are_not_called_missing(
    vault: Vault, wrapped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, head = str(tmp_path / "backup"), str(tmp_path / "head.json")
    call_command("backup", output=backup)
    call_command("checkpoint", output=head)
    keys.forget()
    vault.broken = Response(status=503)
    capsys.readouterr()
    for command in (["restore", backup, "--check"], ["verify_audit", "--against", head]):
        with pytest.raises(SystemExit) as ended:
            call_command(*command)
        assert ended.value.code == 1
        shown = capsys.readouterr()
        assert shown.err.splitlines()[-1] == AWAY
        assert "NOT HERE" not in shown.out


class _Stdin(io.TextIOWrapper):
    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()))


def test_the_command_wraps_from_standard_input(
    vault: Vault, ring: str, settings: Any, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", _Stdin(ring + "\n"))
    call_command("wrap_keys", provider="vault", json=True)
    shown = capsys.readouterr()
    assert ring not in shown.out + shown.err
    printed = json.loads(shown.out)
    assert printed["public_key"] == settings.TOKEN_PUBLIC_KEY
    settings.TOKEN_KEYS_WRAPPED = printed["wrapped"]
    assert keys.private_keyring().key_ids


def test_the_command_refuses_what_is_no_keyring(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", _Stdin("wordé"))
    with pytest.raises(SystemExit):
        call_command("wrap_keys", provider="vault")
    assert capsys.readouterr().err == "TOKEN_KEYS: entry 1 is not of the form id:base64\n"
    assert vault.asked == 0
