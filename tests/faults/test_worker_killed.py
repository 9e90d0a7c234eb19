"""kill -9 of the worker and of its children, again and again in the middle of a sweep."""

from __future__ import annotations

import time

import pytest

from tests.faults import invariants, processes
from tests.faults.campaign import LONG, Campaign
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS, KILLS = (10_000, 30) if LONG else (1200, 10)
#: Slow enough for a sweep to have a middle as often as that.
LATENCY = 0.6 if LONG else 0.3
#: `up` gives up on a worker that dies three times in a row within ten seconds of its start.
OLD_ENOUGH = 11


@pytest.mark.chance
def test_one_result_per_token_whoever_dies(campaign: Campaign) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = LATENCY
    for number in range(KILLS):
        # Of three kills two hit the worker itself, the second of them when it is old enough.
        hit_children = number % 3 == 1
        _wait_for_worker(c, seconds=OLD_ENOUGH if number % 3 == 2 else 0)
        _in_the_middle_of_a_sweep(c)
        if c.left_to_check() == 0:
            break
        _kill(c, hit_children)
        invariants.nothing_waits(c)
        c.lapse_claims()
    assert sum(c.injected.values()) >= KILLS // 2, "too few tokens for so many kills"
    end = time.monotonic() + 300
    while c.left_to_check():
        assert time.monotonic() < end, "the sweep never ended"
        c.publish("sweep")
        time.sleep(2)
        if not LONG:
            _lapse_what_no_living_holds(c)
    invariants.one_result_each(c)
    invariants.health_is(c, valid=TOKENS)
    invariants.after_every_fault(c)


def _wait_for_worker(c: Campaign, *, seconds: int) -> None:
    def there() -> bool:
        main = processes.worker(c.instance)
        return main is not None and main.seconds >= seconds and bool(processes.children(c.instance))

    until(there, "the worker runs")


def _in_the_middle_of_a_sweep(c: Campaign) -> None:
    """Until Coolset was asked, and a moment more that chance chooses."""
    before = c.coolset.calls()
    c.publish("sweep")
    until(lambda: c.coolset.calls() > before + 20 or not c.left_to_check(), "a sweep began")
    time.sleep(c.chance.uniform(0, 2.5))


def _kill(c: Campaign, hit_children: bool) -> None:
    if hit_children:
        for child in processes.children(c.instance):
            processes.kill(child.pid)
            c.inject("SIGKILL of a worker's child")
        return
    main = processes.worker(c.instance)
    assert main is not None
    processes.kill(main.pid)
    c.inject("SIGKILL of the worker")


def _lapse_what_no_living_holds(c: Campaign) -> None:
    """The last kill's claims: in short runs nobody waits for them to run out."""
    before = c.coolset.calls()
    time.sleep(LATENCY * 4)
    if c.coolset.calls() == before:
        c.lapse_claims()
