"""The quick starts of API and command line: what they tell people to type works as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from tests.client.conftest import new_key
from tests.docs.pages import table_after, text
from tests.factories import make_token
from tokens.client import settings as client_settings
from tokens.client.arguments import parser
from tokens.client.completion import commands_of
from tokens.models import Revocation, Token
from tokens.policy.api_keys import KEYABLE


def calls() -> list[list[str]]:
    """The words of every curl line in the guide."""
    joined = text("docs/guide/api.md").replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(r"^ {4}(curl .*)$", joined, re.M)]


def send(words: list[str], key: str, token: Token) -> Any:
    """One of them, without the network."""
    address = urlsplit(words[-1].replace("TOKEN-ID", str(token.pk)))
    assert address.netloc == "governance.example.com"
    assert "@$HOME/.governance-header" in words
    path = f"{address.path}?{address.query}"
    headers = {"Authorization": f"Api-Key {key}"}
    if "-d" not in words:
        return Client().get(path, headers=headers)
    assert "Content-Type: application/json" in words
    body = words[words.index("-d") + 1]
    return Client().post(path, body, content_type="application/json", headers=headers)


def old_token() -> Token:
    now = timezone.now()
    return make_token(now=now, issued_at=now - timedelta(days=200))


@pytest.mark.django_db
def test_every_call_with_curl() -> None:
    token = old_token()
    key = new_key()
    listed, one, stored, revoked = (send(words, key, token) for words in calls())
    assert [each["id"] for each in listed.json()["results"]] == [str(token.pk)]
    assert one.json()["id"] == str(token.pk)
    assert (stored.status_code, stored.json()["integration"]) == (201, "ERP")
    assert revoked.status_code == 201
    assert Revocation.objects.get().reason == "Portal switched off"


@pytest.mark.enable_socket
def test_the_program_in_python(live_server: Any, tmp_path: Path) -> None:
    tokens = [old_token() for _ in range(3)]
    make_token(now=timezone.now(), issued_at=timezone.now())
    found = re.search(r"^```python\n(.*?)^```", text("docs/guide/api.md"), re.M | re.S)
    assert found is not None
    one_a_page = found[1].replace("flag=overdue", "flag=overdue&page_size=1")
    environment = {"GOVERNANCE_URL": live_server.url, "TOKEN_GOVERNANCE_KEY": new_key()}
    done = subprocess.run(
        [sys.executable, "-I", "-c", one_a_page], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], **environment}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {line.split(" ", 1)[1].rsplit(" ", 1)[0] for line in done.stdout.splitlines()} == {
        token.integration.name for token in tokens
    }


def test_the_table_of_commands_is_whole() -> None:
    rows = table_after(text("docs/guide/command-line.md"), "## Commands")
    described = {re.findall(r"[a-z-]+", row[0])[0]: row for row in rows}
    commands = {each.name: each for each in commands_of(parser())}
    assert described.keys() == commands.keys()
    common = {"--help", "--json"}
    for name, row in described.items():
        options = set(re.findall(r"--[a-z-]+", " ".join(row)))
        assert {each.rstrip("-") for each in options} == (
            {option for option, _ in commands[name].options} - common
        ), name
        permission = re.search(r"`([a-z]+)`", row[2])
        assert permission is None or permission[1] in KEYABLE


def test_every_example_of_the_command_can_be_parsed() -> None:
    lines = re.findall(r"^ {4}(coolset-tokens .*)$", text("docs/guide/command-line.md"), re.M)
    assert len(lines) >= 5
    for line in lines:
        words = shlex.split(re.split(r" [|<] ", line)[0])
        assert parser().parse_args(words[1:]).command in line


def test_the_variables_are_those_of_the_code() -> None:
    rows = table_after(text("docs/guide/command-line.md"), "## Where key and value go")
    named = {row[0].strip("`") for row in rows}
    assert named == {getattr(client_settings, name) for name in ("URL", "KEY", "KEY_FILE", "PROXY")}


def test_the_bodies_are_json() -> None:
    bodies = [words[words.index("-d") + 1] for words in calls() if "-d" in words]
    assert all(isinstance(json.loads(body), dict) for body in bodies)
