"""Waking the worker is comfort: a broker that is away or frozen costs a page seconds at most."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import transaction

from coolset_admin.settings.jobs import broker
from tokens.web import dispatch

ANSWER_WITHIN = 5


def turn_to(monkeypatch: pytest.MonkeyPatch, url: str, options: dict[str, Any]) -> None:
    app = Celery("elsewhere", broker=url, set_as_current=False)
    app.conf.broker_transport_options = options
    monkeypatch.setattr(dispatch, "current_app", app)


@pytest.fixture
def frozen_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.enable_socket
def test_a_broker_that_is_away_is_logged_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    turn_to(monkeypatch, *broker("redis://127.0.0.1:1/0", Path()))
    begun = time.monotonic()
    dispatch._send("tokens.sweep")
    assert time.monotonic() - begun < ANSWER_WITHIN


@pytest.mark.enable_socket
def test_a_frozen_broker_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch, frozen_port: int
) -> None:
    turn_to(monkeypatch, *broker(f"redis://127.0.0.1:{frozen_port}/0", Path()))
    begun = time.monotonic()
    dispatch._send("tokens.sweep")
    assert time.monotonic() - begun < ANSWER_WITHIN


def test_the_embedded_broker_gets_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, options = broker("", tmp_path)
    for name in ("data_folder_in", "control_folder"):
        Path(options[name]).mkdir(parents=True)
    turn_to(monkeypatch, url, options)
    dispatch._send("tokens.sweep")
    messages = list((tmp_path / "broker" / "queue").iterdir())
    assert [message.name.endswith(".celery.msg") for message in messages] == [True]
    assert "tokens.sweep" in messages[0].read_text()


def test_a_broker_without_its_folder_is_logged_and_not_raised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    turn_to(monkeypatch, *broker("", tmp_path / "nowhere"))
    dispatch._send("tokens.sweep")


@pytest.mark.django_db(transaction=True)
def test_the_message_leaves_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(dispatch, "_send", sent.append)
    with transaction.atomic():
        dispatch.wake_worker("tokens.sweep")
        assert sent == []
    assert sent == ["tokens.sweep"]
