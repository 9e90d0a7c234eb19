"""SIGTERM of `up` in the middle of a sweep: it ends in seconds, and nothing waits for a claim."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime

import pytest

from tests.faults import processes
from tests.faults.campaign import Campaign
from tests.journeys.instance import until, up

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS, LATENCY = 3000, 0.5


def test_a_worker_ends_within_seconds_and_leaves_nothing_in_its_hands(campaign: Campaign) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = LATENCY
    until(lambda: bool(processes.children(c.instance)), "the worker runs")
    c.publish("sweep")
    until(lambda: c.coolset.calls() > 100, "a sweep is in its middle")
    begun = time.monotonic()
    c.inject("SIGTERM")
    assert c.instance.process is not None
    c.instance.process.send_signal(signal.SIGTERM)
    assert c.instance.process.wait(30) == 0
    assert time.monotonic() - begun < 8, "it had to be forced"
    now = datetime.now(UTC)
    held = c.count("SELECT count(*) FROM tokens_secret WHERE claimed_until > %s", now)
    assert held == 0
    recorded = c.count("SELECT count(*) FROM tokens_secret WHERE last_checked_at IS NOT NULL")
    assert 0 < recorded < TOKENS
    assert c.coolset.calls() - recorded <= 2, "answers were thrown away"
    assert "sweep.stopped" in c.instance.log
    assert "sweep_id=" in c.instance.log
    assert "task_id=" in c.instance.log
    c.checked.append("claims released, answers recorded")
    c.coolset.world.default_latency = 0
    with up(c.instance):
        c.sweep()
    assert c.coolset.calls() - TOKENS <= 2, "nothing was asked twice"
