"""Settings of each environment and role, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coolset_admin import local_keys
from coolset_admin.env import BASE_DIR

SHOW = (
    "import django; django.setup()\n"
    "from django.conf import settings; from tokens import keys; import os\n"
    "try: keys.private_keyring(); opens = True\n"
    "except Exception as error: opens = type(error).__name__\n"
    "print(keys.public_key().key_id, opens, bool(settings.TOKEN_KEYS), 'TOKEN_KEYS' in os.environ)"
)


def _run(*command: str, **environment: Any) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name: str(value) for name, value in environment.items()}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=BASE_DIR, env=keep | given, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def production(tmp_path: Path) -> dict[str, Any]:
    """Everything that production asks for but the keys of a role."""
    folder = tmp_path / "keys"
    local_keys.keyring(folder)
    local_keys.fingerprint_key(folder)
    local_keys.django_secret(folder)
    return {
        "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.prod",
        "DATA_DIR": tmp_path / "data",
        "ALLOWED_HOSTS": "tokens.example.com",
        "PUBLIC_URL": "https://tokens.example.com",
        "DJANGO_SECRET_KEY_FILE": folder / "django_secret_key",
        "FINGERPRINT_KEY_FILE": folder / "fingerprint_key",
    }


def test_production_lists_all_that_is_missing_at_once(tmp_path: Path) -> None:
    done = _run("manage.py", "check", DJANGO_SETTINGS_MODULE="coolset_admin.settings.prod")
    assert done.returncode != 0
    for name in ("DJANGO_SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "FINGERPRINT_KEY",
                 "TOKEN_PUBLIC_KEY"):  # fmt: skip
        assert f"{name} " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", ["check", "validate_tokens"])
def test_a_setting_that_cannot_be_is_said_in_one_line(tmp_path: Path, command: str) -> None:
    done = _run("manage.py", command, DATA_DIR=tmp_path, COOLSET_CONFIRM_SECONDS="soon")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "COOLSET_CONFIRM_SECONDS must be a number.\n"


def test_deploy_check_prints_nothing_in_production(
    production: dict[str, Any], tmp_path: Path
) -> None:
    public = tmp_path / "keys" / "token_public_key"
    done = _run("manage.py", "check", "--deploy", TOKEN_PUBLIC_KEY_FILE=public, **production)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "no issues (0 silenced)" in done.stdout


def test_beat_finds_a_folder_for_its_schedule(production: dict[str, Any], tmp_path: Path) -> None:
    public = tmp_path / "keys" / "token_public_key"
    done = _run("-c", SHOW, PROCESS_ROLE="beat", TOKEN_PUBLIC_KEY_FILE=public, **production)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "beat").is_dir()


@pytest.mark.parametrize(
    ("role", "name", "word"),
    [
        ("web", "token_keys", "TOKEN_KEYS must not be given to web"),
        ("beat", "token_keys", "TOKEN_KEYS must not be given to beat"),
        ("worker", "token_public_key", "TOKEN_KEYS is missing"),
    ],
)
def test_a_role_without_its_own_keys_does_not_start(
    production: dict[str, Any], tmp_path: Path, role: str, name: str, word: str
) -> None:
    given = {f"{name.upper()}_FILE": tmp_path / "keys" / name}
    done = _run("-c", SHOW, PROCESS_ROLE=role, **given, **production)
    assert done.returncode != 0
    assert word in done.stderr.splitlines()[-1]
    assert (tmp_path / "keys" / "token_keys").read_text().strip() not in done.stderr


def test_the_wsgi_entry_point_is_web_whatever_is_said(
    production: dict[str, Any], tmp_path: Path
) -> None:
    given = {"TOKEN_KEYS_FILE": tmp_path / "keys" / "token_keys", "PROCESS_ROLE": "worker"}
    done = _run("-c", "import coolset_admin.wsgi", **given, **production)
    assert "TOKEN_KEYS must not be given to web" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("COOLSET_API_URL", "https://evil.example/api/", "COOLSET_API_URL"),
        ("COOLSET_API_URL", "http://127.0.0.1:9/api/", "COOLSET_API_URL"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS"),
        ("PUBLIC_URL", "http://tokens.example.com", "https://"),
        ("DJANGO_DEBUG", "1", "DJANGO_DEBUG"),
        ("OIDC_ISSUER", "https://id.example.com", "OIDC_CLIENT_ID"),
        ("OIDC_ONLY", "1", "OIDC_ISSUER"),
    ],
)
def test_production_refuses_what_would_be_unsafe(
    production: dict[str, Any], tmp_path: Path, name: str, value: str, word: str
) -> None:
    public = tmp_path / "keys" / "token_public_key"
    done = _run(
        "manage.py", "check", **{**production, "TOKEN_PUBLIC_KEY_FILE": public, name: value}
    )
    assert done.returncode != 0
    assert word in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("role", "opens"), [("worker", "True"), ("command", "True"), ("web", "KeyringError")]
)
def test_in_development_web_lets_go_of_the_keyring(tmp_path: Path, role: str, opens: str) -> None:
    ring = local_keys.new_keyring()
    done = _run("-c", SHOW, PROCESS_ROLE=role, TOKEN_KEYS=ring, DATA_DIR=tmp_path,
                DJANGO_SETTINGS_MODULE="coolset_admin.settings.dev")  # fmt: skip
    holds = str(opens == "True")
    assert done.stdout.split() == [ring.split(":")[0], opens, holds, holds], done.stderr


def test_a_local_instance_makes_its_keys_and_keeps_them(tmp_path: Path) -> None:
    given = {"DATA_DIR": tmp_path, "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev"}
    first = _run("-c", SHOW, PROCESS_ROLE="worker", **given)
    second = _run("-c", SHOW, PROCESS_ROLE="web", **given)
    assert first.stdout.split()[1:] == ["True", "True", "False"], first.stderr
    assert second.stdout.split() == [first.stdout.split()[0], "KeyringError", "False", "False"]


def test_debug_is_refused_off_loopback(tmp_path: Path) -> None:
    given = {"DATA_DIR": tmp_path, "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev",
             "DJANGO_DEBUG": "1"}  # fmt: skip
    refused = _run("-c", SHOW, HOST="0.0.0.0", **given)  # noqa: S104
    assert refused.returncode != 0
    assert "loopback" in refused.stderr
    assert _run("-c", SHOW, **given).returncode == 0


@pytest.mark.parametrize(("settings", "mask"), [("dev", "0o77"), ("build", "0o22")])
def test_what_a_local_instance_writes_is_for_its_user_alone(
    tmp_path: Path, settings: str, mask: str
) -> None:
    show = "import django; django.setup(); import os; print(oct(os.umask(0)))"
    chosen = f"coolset_admin.settings.{settings}"
    done = _run("-c", show, DATA_DIR=tmp_path, DJANGO_SETTINGS_MODULE=chosen)
    assert done.stdout.strip() == mask


def test_secret_keys_of_before_are_read_from_the_environment(tmp_path: Path) -> None:
    show = "from django.conf import settings; print(settings.SECRET_KEY_FALLBACKS)"
    dev = {"DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev", "DATA_DIR": tmp_path}
    assert _run("-c", show, **dev).stdout.strip() == "[]"
    given = _run("-c", show, **dev, DJANGO_SECRET_KEY_FALLBACKS="older, old")
    assert given.stdout.strip() == "['older', 'old']"
