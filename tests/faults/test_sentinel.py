"""The Redis of a group that sentinels watch is killed, or freezes: another takes over, and neither
web, worker nor beat is started again."""

from __future__ import annotations

import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.faults import invariants, processes
from tests.faults.campaign import LONG, Campaign, running
from tests.faults.conftest import Describe
from tests.faults.redis_group import Group, group
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.service, pytest.mark.enable_socket]
TOKENS = 5_000 if LONG else 300
ANSWER_SECONDS = 5.0


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_the_master_is_lost(tmp_path: Path, describe: Describe, fault: signal.Signals) -> None:
    with group(tmp_path) as redis, describe(REDIS_URL=redis.url) as c, running(c):
        c.add_administrator()
        c.import_tokens(TOKENS)
        until(lambda: processes.children(c.instance), "the worker runs")
        c.publish("sweep")
        _drained(c, results=1)
        before = _pids(c)
        _in_the_middle_of_a_sweep(c, redis, fault)
        _drained(c, results=2)
        # By beat's own message now, through the new master.
        c.make_due()
        _drained(c, results=3)
        assert _pids(c) == before, "somebody was started again"
        c.checked.append("by the same worker, web and beat")
        for secret in (redis.password, redis.sentinel_password):
            assert secret not in c.instance.log
        invariants.health_is(c, valid=TOKENS)
        invariants.after_every_fault(c)


def _in_the_middle_of_a_sweep(c: Campaign, redis: Group, fault: signal.Signals) -> None:
    c.coolset.world.default_latency = 0.5
    asked = c.coolset.calls()
    c.make_due()
    c.publish("sweep")
    until(lambda: c.coolset.calls() > asked, "the sweep began")
    lost = redis.master()
    redis.servers[lost].send_signal(fault)
    c.inject(f"{fault.name} of the master in the middle of a sweep")
    began = time.monotonic()
    _answers_in_time(c)
    until(lambda: redis.other_than(lost), "another takes over", 60)
    c.checked.append(f"another took over after {time.monotonic() - began:.1f} s")
    c.coolset.world.default_latency = 0


def _answers_in_time(c: Campaign) -> None:
    for path in ("/healthz/", "/accounts/login/"):
        began = time.monotonic()
        with urllib.request.urlopen(c.instance.url + path, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        assert time.monotonic() - began <= ANSWER_SECONDS, path
    c.checked.append("pages answer meanwhile")


def _drained(c: Campaign, results: int) -> None:
    began = time.monotonic()
    until(lambda: c.left_to_check() == 0, "what is due is checked", 300)
    c.checked.append(f"drained in {time.monotonic() - began:.0f} s")
    invariants.one_result_each(c, results)


def _pids(c: Campaign) -> set[int]:
    """Web, worker and beat, and what they looked after at their start: not what a sweep starts."""
    main = processes.worker(c.instance)
    assert main is not None
    assert c.instance.process is not None
    parents = {c.instance.process.pid, main.pid}
    return {each.pid for each in processes.members(c.instance) if each.parent in parents}
