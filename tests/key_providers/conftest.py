"""Stand-ins that speak the real protocols over real HTTP, and settings that lead to them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from coolset_admin import local_keys
from tests.key_providers.vault import Vault

SECONDS = 60.0


@pytest.fixture(scope="module")
def moto_port() -> Iterator[int]:
    """moto as a process of its own, so that boto3 is as it is in production."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=dict(os.environ), **quiet) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("moto did not start")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """boto3's own chain, leading nowhere yet, whatever this machine is signed in to."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    given = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def ring(settings: Any) -> str:
    """A keyring of two keys that no setting holds, and its public half."""
    ring = f"{local_keys.new_keyring()},{local_keys.new_keyring()}"
    settings.TOKEN_KEYS = ""
    settings.TOKEN_PUBLIC_KEY = local_keys.public_of(ring)
    return ring


@pytest.fixture
def vault(httpserver: HTTPServer, settings: Any) -> Vault:
    """A Vault that knows one key, and settings that lead to it."""
    vault = Vault(httpserver)
    settings.TOKEN_KEYS_PROVIDER = "vault"
    settings.VAULT_ADDR = httpserver.url_for("").rstrip("/")
    settings.VAULT_TOKEN = vault.token
    settings.VAULT_TRANSIT_KEY = "coolset"
    return vault
