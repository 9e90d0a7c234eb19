"""Answers made to hurt: each ends in time, costs little memory, and changes nobody's health. Those
that say something do, afterwards as before."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.faults import invariants, processes
from tests.faults.campaign import CONFIRM_SECONDS, Campaign, running
from tests.faults.conftest import Describe
from tests.faults.database import moment
from tests.faults.latencies import latest_milliseconds
from tests.stand_in import StandIn

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
#: Tokens that get the answer at once.
TOKENS = 20
COOLSET_TIMEOUT = 2.0
#: What recording, and a machine that does other things too, may add.
SLACK = 1.0
MOST_GROWTH = 50 << 20
#: A 429 is believed for so long at most (coolset-api.md, "Rate limit").
LONGEST_WAIT = 2 * 3600
HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("html403", {}),
    ("html200", {}),
    ("html401", {}),
    ("detail_missing", {}),
    ("redirect", {}),
    ("throttled", {"style": "seconds"}),
    ("throttled", {"style": "date"}),
    ("throttled", {"style": "garbage"}),
    ("throttled", {"style": "1e9"}),
    ("407", {}),
    ("408", {}),
    ("500", {}),
    ("502", {}),
    ("503", {}),
    ("504", {}),
    ("reset", {}),
    ("truncated", {}),
    ("drip", {"bytes": 3000, "every": 0.1}),
    ("huge", {}),
    ("gzip_bomb", {}),
    ("deep", {}),
    ("duplicate_keys", {}),
]


def test_hostile_answers(describe: Describe) -> None:
    with describe(COOLSET_TIMEOUT=f"{COOLSET_TIMEOUT:.0f}") as c, running(c):
        _one_after_the_other(c)


def _one_after_the_other(c: Campaign) -> None:
    c.import_tokens(TOKENS)
    c.sweep()
    with StandIn() as elsewhere:
        for mode, options in HOSTILE:
            if mode == "redirect":
                options = {"to": elsewhere.url}
            _answered(c, mode, options)
        assert elsewhere.calls() == 0
    c.checked.append("a second host heard nothing")
    invariants.health_is(c, valid=TOKENS)
    _told_plainly(c)
    invariants.after_every_fault(c)


def _told_plainly(c: Campaign) -> None:
    """Refusals in Coolset's own words, of one token each: these count, a 401 the second time."""
    for token, mode in zip(c.tokens, ["forbidden", "unauthorized"], strict=False):
        c.coolset.set_mode(token.value, mode)
        c.inject(f"{mode}, in JSON")
    for token in c.tokens[2:]:
        c.coolset.set_mode(token.value, "valid")
    for _ in range(2):
        c.make_due()
        c.sweep()
        time.sleep(CONFIRM_SECONDS)
    invariants.health_is(c, valid=TOKENS - 2, insufficient=1, failing=1)


def _answered(c: Campaign, mode: str, options: dict[str, Any]) -> None:
    for token in c.tokens:
        c.coolset.set_mode(token.value, mode, **options)
    pids = [child.pid for child in processes.children(c.instance)]
    before = {pid: processes.reset_highest_memory(pid) for pid in pids}
    c.make_due()
    asked = c.coolset.calls()
    began = time.monotonic()
    c.sweep()
    took = time.monotonic() - began
    assert c.coolset.calls() >= asked + TOKENS, f"{mode}: not everybody was asked about"
    growth = max(processes.highest_memory(pid) - before[pid] for pid in pids)
    assert growth < MOST_GROWTH, f"{mode}: {growth >> 20} MB"
    slowest = max(latest_milliseconds(c))
    assert slowest <= (COOLSET_TIMEOUT + SLACK) * 1000, f"{mode}: {slowest} ms"
    for (again,) in c.rows(
        "SELECT throttled_until FROM tokens_secret WHERE throttled_until IS NOT NULL"
    ):
        assert moment(again).timestamp() <= time.time() + LONGEST_WAIT + 60
    what = f"{mode} {options.get('style', '')}".strip()
    c.inject(what)
    c.checked.append(f"{what}: {slowest:.0f} ms, {took:.1f} s in all, +{growth >> 20} MB")
