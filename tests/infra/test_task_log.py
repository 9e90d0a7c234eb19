"""Ids in the logs of tasks and sweeps, and tasks that are counted by how they ended."""

from __future__ import annotations

import io
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from celery.signals import before_task_publish, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError
from django.test import Client

from coolset_admin.celery import app
from tests.factories import make_account
from tests.probing.conftest import Scene, scene
from tokens import stopping, tasks
from tokens.models import Tally
from tokens.services.sweep import sweep

pytestmark = pytest.mark.django_db
__all__ = ["scene"]  # a fixture


@contextmanager
def lines() -> Iterator[io.StringIO]:
    """What the handler would write to standard error."""
    stream = io.StringIO()
    handler = {**settings.LOGGING["handlers"]["stderr"], "stream": stream}
    logging.config.dictConfig({**settings.LOGGING, "handlers": {"stderr": handler}})
    try:
        yield stream
    finally:
        logging.config.dictConfig(settings.LOGGING)


def test_a_task_logs_under_its_id_and_the_next_one_under_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def say(**_: object) -> None:
        structlog.get_logger("tokens.x").info("here")

    monkeypatch.setattr(tasks, "deliver_due", say)
    with lines() as stream:
        tasks.deliver.apply(task_id="first", headers={"request_id": "r-1"})
        tasks.deliver.apply(task_id="second")
    first, second = [line for line in stream.getvalue().splitlines() if "here" in line]
    assert "task_id=first" in first
    assert "task=tokens.deliver" in first
    assert "request_id=r-1" in first
    assert "task_id=second" in second
    assert "request_id" not in second
    assert structlog.contextvars.get_contextvars() == {}


def test_what_a_request_sends_carries_the_requests_id() -> None:
    headers: dict[str, Any] = {}
    with structlog.contextvars.bound_contextvars(request_id="r-2"):
        before_task_publish.send(sender="x", headers=headers)
    assert headers == {"request_id": "r-2"}
    without: dict[str, Any] = {}
    before_task_publish.send(sender="x", headers=without)
    assert without == {}


def test_a_request_logs_under_its_id(client: Client) -> None:
    client.force_login(make_account())
    with lines() as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "tokens.web.todo_page.dashboard",
            lambda *_, **__: structlog.get_logger("tokens.x").info("seen") or 1 / 0,
        )
        client.raise_request_exception = False
        client.get("/")
    assert "request_id=" in next(row for row in stream.getvalue().splitlines() if "seen" in row)


@pytest.mark.enable_socket
def test_a_sweep_logs_under_its_id_in_both_of_its_threads(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tokens.services.probing import asking

    def poisoned(*_: object) -> Any:
        raise ValueError("poisoned")

    scene.token()
    monkeypatch.setattr(asking, "open_sealed", poisoned)
    with lines() as stream:
        sweep(clock=scene.clock)
    failed = next(line for line in stream.getvalue().splitlines() if "probe.failed" in line)
    done = next(line for line in stream.getvalue().splitlines() if "sweep.done" in line)
    ids = {word for line in (failed, done) for word in line.split() if word.startswith("sweep_id")}
    assert len(ids) == 1
    assert "checked=1" in done


def test_ends_of_tasks_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "deliver_due", lambda **_: None)
    tasks.deliver.apply()
    tasks.deliver.apply()
    monkeypatch.setattr(tasks, "deliver_due", lambda **_: 1 / 0)
    tasks.deliver.apply()
    counted = Tally.objects.order_by("name").values_list("name", "label", "count")
    assert list(counted) == [
        ("tasks_done", "tokens.deliver", 2),
        ("tasks_failed", "tokens.deliver", 1),
    ]


def test_a_database_that_is_away_is_no_second_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("could not connect")

    monkeypatch.setattr("tokens.services.tally.tally", away)
    monkeypatch.setattr(tasks, "deliver_due", lambda **_: None)
    with lines() as stream:
        assert tasks.deliver.apply().successful()
    assert "task.not_counted" in stream.getvalue()


def test_a_worker_that_is_asked_to_end_tells_its_tasks() -> None:
    assert not stopping.asked_to_stop()
    try:
        worker_shutting_down.send(sender=app, sig="SIGTERM", how="Warm", exitcode=0)
        assert stopping.asked_to_stop()
    finally:
        stopping.forget()
