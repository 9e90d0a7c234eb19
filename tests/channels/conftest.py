"""A channel and a webhook that lead to a server of the test on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pytest_httpserver import HTTPServer

from tests.factories import ACTOR, NOW, make_token
from tokens.models import Channel, Token
from tokens.policy.channels import Way
from tokens.services.channels.add import Added, Wanted, add_channel
from tokens.services.compromise import mark_compromised

AddHook = Callable[..., Added]


def compromised_token(**fields: Any) -> Token:
    """A token for which the alert "compromised" is true."""
    token = make_token(**fields)
    mark_compromised(
        token=token, reason="In a public repository", by="a@example.com", actor=ACTOR, now=NOW
    )
    return token


@pytest.fixture
def add_hook(httpserver: HTTPServer) -> AddHook:
    """Adds a webhook that leads to `path` of the test's server."""

    def add(path: str = "/hook", **wanted: Any) -> Added:
        return add_channel(
            way=Way.WEBHOOK,
            url=httpserver.url_for(path),
            wanted=Wanted(**{"name": f"hook {uuid4().hex[:6]}", **wanted}),
            actor=ACTOR,
            now=NOW,
        )

    return add


def body_of(httpserver: HTTPServer, place: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(httpserver.log[place][0].get_data())
    return found


def signing_of(added: Added) -> str:
    assert added.secret.startswith("whsec_")
    return added.secret


def fresh(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)
