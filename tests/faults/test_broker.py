"""The broker loses everything, or freezes: what was committed is kept, and nobody restarts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.faults import invariants, processes
from tests.faults.asked import check_now
from tests.faults.campaign import LONG, Campaign, running
from tests.faults.conftest import Describe
from tests.journeys.instance import free_port, until

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 300
WIPES = 10
ANSWER_SECONDS = 5.0
FROZEN_SECONDS = 30 if LONG else 12


@pytest.mark.embedded
def test_the_embedded_brokers_folder_is_wiped(campaign: Campaign) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = 0.1
    before = _workers_pid(c)
    for _ in range(WIPES):
        c.publish("sweep")
        for folder in (c.instance.folder / "broker").iterdir():
            for file in folder.iterdir():
                file.unlink(missing_ok=True)
        c.inject("every file of the broker removed")
        time.sleep(0.3)
    _drained(c, before)
    shutil.rmtree(c.instance.folder / "broker" / "queue")
    c.inject("the broker's queue folder removed")
    time.sleep(1)
    c.make_due()
    # A worker without its folder ends; `up` starts it again, and that makes the folder anew.
    _drained(c, None, results=2)


@pytest.mark.service
def test_redis_freezes(tmp_path: Path, describe: Describe) -> None:
    with _own_redis(tmp_path) as (url, server), describe(REDIS_URL=url) as c, running(c):
        before = _workers_pid(c)
        server.send_signal(signal.SIGSTOP)
        c.inject(f"SIGSTOP of Redis for {FROZEN_SECONDS} s")
        began = time.monotonic()
        try:
            _answers_in_time(c)
            c.import_tokens(TOKENS)
            check_now(c, within=ANSWER_SECONDS)
            time.sleep(max(0.0, FROZEN_SECONDS - (time.monotonic() - began)))
        finally:
            server.send_signal(signal.SIGCONT)
        _drained(c, before)
        c.inject("FLUSHALL of Redis")
        with redis.Redis.from_url(url) as client:
            client.flushall()
        c.make_due()
        _drained(c, before, results=2)


@pytest.mark.service
def test_redis_is_killed_and_started_again(tmp_path: Path, describe: Describe) -> None:
    """In the middle of a sweep, whose message is lost with it."""
    port = free_port()
    with _own_redis(tmp_path, port) as (url, server), describe(REDIS_URL=url) as c, running(c):
        before = _workers_pid(c)
        c.coolset.world.default_latency = 0.5
        c.import_tokens(TOKENS)
        c.publish("sweep")
        until(lambda: c.coolset.calls() > 0, "the sweep began")
        server.kill()
        server.wait()
        c.inject("SIGKILL of Redis in the middle of a sweep")
        _answers_in_time(c)
        until(lambda: c.left_to_check() == 0, "the sweep that was under way ends")
        check_now(c, within=ANSWER_SECONDS)
        with _own_redis(tmp_path, port):
            c.make_due()
            c.coolset.world.default_latency = 0
            _drained(c, before, results=2)


def _workers_pid(c: Campaign) -> int:
    until(lambda: processes.children(c.instance), "the worker runs")
    main = processes.worker(c.instance)
    assert main is not None
    return main.pid


def _answers_in_time(c: Campaign) -> None:
    for path in ("/healthz/", "/accounts/login/"):
        began = time.monotonic()
        with urllib.request.urlopen(c.instance.url + path, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        assert time.monotonic() - began <= ANSWER_SECONDS, path
    c.checked.append("pages answer without it")


def _drained(c: Campaign, before: int | None, results: int = 1) -> None:
    """Everything due is checked, by the worker of `before`, without anybody's help but beat's."""
    began = time.monotonic()
    until(lambda: c.left_to_check() == 0, "what is due is checked", 300)
    whose = "the same" if _workers_pid(c) == before else "another"
    assert before is None or whose == "the same", "the worker was started again"
    c.checked.append(f"drained in {time.monotonic() - began:.0f} s by {whose} worker")
    invariants.one_result_each(c, results)
    invariants.health_is(c, valid=len(c.tokens))
    invariants.after_every_fault(c)


@contextmanager
def _own_redis(
    folder: Path, port: int | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of our own that may be stopped without stopping anybody else's."""
    port = port or free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as client:
            until(lambda: _pongs(client), "Redis answers")
        yield url, server
    finally:
        server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait()


def _pongs(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
