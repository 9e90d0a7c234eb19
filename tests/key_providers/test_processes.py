"""Processes as they are started: the worker opens through the provider, web has no way to."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from coolset_admin import local_keys
from tests.infra.test_settings import _run
from tests.infra.test_up import _main, _members
from tests.journeys.instance import describe, until, up
from tests.key_providers.vault import Vault
from tokens.key_providers.place import AWAY, Place
from tokens.key_providers.vault_transit import encrypt

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(120)]

#: Uses the process as web is used, then looks for a private key in all of its memory.
LOOK = """
import django; django.setup()
import gc, os
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings
from tokens import keys
from tokens.vault.keyring import Keyring
try: keys.private_keyring(); opens = "opens"
except Exception as error: opens = type(error).__name__
keys.public_key(); keys.older_keys(); keys.wake()
alive = [each for each in gc.get_objects() if issubclass(type(each), (Keyring, X25519PrivateKey))]
held = [name for name in dir(settings) if name.isupper() and str(getattr(settings, name))
        in (os.environ.get("LOOK_FOR", "") or "-").split()]
print(opens, len(alive), len(held), *sorted(name for name in os.environ
      if name.startswith(("TOKEN_KEYS_WRAPPED", "VAULT_", "AWS_"))))
"""


@pytest.fixture
def server(httpserver: HTTPServer) -> Vault:
    return Vault(httpserver)


@pytest.fixture
def given(server: Vault, httpserver: HTTPServer, tmp_path: Path) -> dict[str, Any]:
    """What a worker gets; the keyring itself lies nowhere."""
    ring = local_keys.new_keyring()
    place = Place("vault", vault_addr=httpserver.url_for(""), vault_token=server.token,
                  vault_key="coolset")  # fmt: skip
    return {
        "TOKEN_PUBLIC_KEY": local_keys.public_of(ring),
        "TOKEN_KEYS_PROVIDER": "vault",
        "TOKEN_KEYS_WRAPPED": encrypt(place, ring.encode()),
        "VAULT_ADDR": place.vault_addr,
        "VAULT_TOKEN": server.token,
        "VAULT_TRANSIT_KEY": "coolset",
        "LOOK_FOR": f"{server.token} {ring}",
        "DATA_DIR": tmp_path / "data",
    }


DEV = {"DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev"}


def _production(tmp_path: Path) -> dict[str, Any]:
    return {
        "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.prod",
        "ALLOWED_HOSTS": "tokens.example.com",
        "PUBLIC_URL": "https://tokens.example.com",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
        "FINGERPRINT_KEY": local_keys.fingerprint_key(tmp_path / "keys"),
    }


@pytest.mark.parametrize("role", ["worker", "command"])
def test_worker_and_commands_open_through_the_provider(
    given: dict[str, Any], tmp_path: Path, role: str
) -> None:
    for settings in (DEV, _production(tmp_path)):
        done = _run("-c", LOOK, PROCESS_ROLE=role, **given, **settings)
        opens, alive = done.stdout.split()[:2]
        assert opens == "opens", done.stderr
        assert int(alive) > 0  # so that none of them in web says something


@pytest.mark.parametrize("role", ["web", "beat"])
def test_web_of_a_shell_that_has_everything_lets_go_of_it(
    server: Vault, given: dict[str, Any], role: str
) -> None:
    asked = server.asked
    done = _run("-c", LOOK, PROCESS_ROLE=role, AWS_SECRET_ACCESS_KEY="x", **given, **DEV)
    assert done.stdout.split() == ["KeyringError", "0", "0"], done.stderr
    assert server.asked == asked


@pytest.mark.parametrize("name", ["TOKEN_KEYS_WRAPPED", "VAULT_TOKEN"])
@pytest.mark.parametrize("start", [LOOK, "import coolset_admin.wsgi"])
def test_web_in_production_does_not_start_with_a_way_to_the_keyring(
    given: dict[str, Any], tmp_path: Path, name: str, start: str
) -> None:
    other = {"TOKEN_KEYS_WRAPPED", "VAULT_TOKEN"} - {name}
    some = {key: value for key, value in given.items() if key not in other}
    done = _run("-c", start, PROCESS_ROLE="web", **some, **_production(tmp_path))
    assert done.returncode != 0
    assert f"{name} must not be given to web" in done.stderr.splitlines()[-1]
    assert str(given[name]) not in done.stderr


def test_web_in_production_takes_no_harm_from_the_name_of_the_provider(
    server: Vault, given: dict[str, Any], tmp_path: Path
) -> None:
    asked = server.asked
    for name in ("TOKEN_KEYS_WRAPPED", "VAULT_TOKEN"):
        given.pop(name)
    done = _run("-c", LOOK, PROCESS_ROLE="web", **given, **_production(tmp_path))
    assert done.stdout.split()[:3] == ["KeyringError", "0", "0"], done.stderr
    assert server.asked == asked


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"TOKEN_KEYS_WRAPPED": ""}, "TOKEN_KEYS_WRAPPED is missing (wrap_keys makes it)"),
        ({"TOKEN_PUBLIC_KEY": ""}, "TOKEN_PUBLIC_KEY is missing"),
        ({"VAULT_TRANSIT_KEY": ""}, "VAULT_TRANSIT_KEY is missing for the key provider"),
        ({"TOKEN_KEYS": "a:b"}, "TOKEN_KEYS and TOKEN_KEYS_PROVIDER are both set"),
        ({"TOKEN_KEYS_PROVIDER": "gcp"}, "TOKEN_KEYS_PROVIDER must be aws-kms or vault"),
    ],
)
def test_a_worker_with_half_a_provider_does_not_start(
    given: dict[str, Any], tmp_path: Path, changed: dict[str, str], word: str
) -> None:
    for settings in (DEV, _production(tmp_path)):
        done = _run("-c", LOOK, PROCESS_ROLE="worker", **{**given, **changed}, **settings)
        assert done.returncode != 0
        assert word in done.stderr.splitlines()[-1]
    assert not (tmp_path / "data" / "keys" / "token_keys").exists()


def test_up_does_not_start_without_its_provider(given: dict[str, Any]) -> None:
    done = _run("manage.py", "up", PORT="0", **{**given, "VAULT_ADDR": "http://127.0.0.1:9"}, **DEV)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{AWAY}\n")


@pytest.mark.embedded
def test_up_hands_the_way_to_the_keyring_to_the_worker_alone(
    given: dict[str, Any], tmp_path: Path
) -> None:
    more = {name: str(text) for name, text in given.items() if name not in {"LOOK_FOR", "DATA_DIR"}}
    with up(describe(tmp_path / "var", AWS_SECRET_ACCESS_KEY="x", **more)) as instance:
        assert instance.process is not None
        session = instance.process.pid
        until(lambda: _main(session, " beat "), "beat runs")
        held = {args: set(_names(pid)) for pid, args in _members(session).items()}
    private = {"TOKEN_KEYS_WRAPPED", "VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY"}
    for args, names in held.items():
        if "gunicorn" in args or " beat " in args:
            assert "TOKEN_PUBLIC_KEY" in names
            assert not private & names
    assert any(private <= names for args, names in held.items() if " worker " in args)


def _names(pid: int) -> list[str]:
    raw = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return [each.partition(b"=")[0].decode() for each in raw]
