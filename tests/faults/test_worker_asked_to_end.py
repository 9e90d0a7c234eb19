"""SIGTERM of `up` in the middle of a sweep: it ends in seconds, and nothing waits for a claim."""

from __future__ import annotations

import re
import signal
import time
from datetime import UTC, datetime

import pytest

from tests.faults import processes
from tests.faults.campaign import Campaign
from tests.journeys.instance import until, up

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS, LATENCY = 3000, 0.5
#: What `up` waits for its children, who take a while to go even when their work is done.
POLITE_SECONDS = 8.0


def test_a_worker_ends_within_seconds_and_leaves_nothing_in_its_hands(campaign: Campaign) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = LATENCY
    until(lambda: bool(processes.children(c.instance)), "the worker runs")
    c.publish("sweep")
    until(lambda: c.coolset.calls() > 100, "a sweep is in its middle")
    begun, asked_at = time.monotonic(), datetime.now(UTC)
    c.inject("SIGTERM")
    assert c.instance.process is not None
    c.instance.process.send_signal(signal.SIGTERM)
    assert c.instance.process.wait(30) == 0
    took, now = time.monotonic() - begun, datetime.now(UTC)
    held = c.count("SELECT count(*) FROM tokens_secret WHERE claimed_until > %s", now)
    assert held == 0
    recorded = c.count("SELECT count(*) FROM tokens_secret WHERE last_checked_at IS NOT NULL")
    assert 0 < recorded < TOKENS
    assert c.coolset.calls() - recorded <= 2, "answers were thrown away"
    stopped = (_told_at(c, "sweep.stopped") - asked_at).total_seconds()
    assert stopped < POLITE_SECONDS, "the sweep had to be forced"
    assert "sweep_id=" in c.instance.log
    assert "task_id=" in c.instance.log
    c.checked.append(f"the sweep stopped in {stopped:.1f} s, `up` ended in {took:.1f} s")
    c.checked.append("claims released, answers recorded")
    c.coolset.world.default_latency = 0
    with up(c.instance):
        c.sweep()
    assert c.coolset.calls() - TOKENS <= 2, "nothing was asked twice"


def _told_at(c: Campaign, event: str) -> datetime:
    """When the log says so."""
    found = re.search(rf"^timestamp=(\S+)Z .*event={re.escape(event)} ", c.instance.log, re.M)
    assert found is not None, f"the log does not say {event}"
    return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
