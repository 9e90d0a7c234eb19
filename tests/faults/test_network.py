"""No name, or a certificate that nobody should believe: nothing is sent, nothing is concluded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.campaign import LONG, Campaign
from tests.faults.certificates import HERE, authority
from tests.faults.latencies import latest_milliseconds
from tests.stand_in import StandIn

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 100
#: A name that no resolver may ever know (RFC 6761).
NOWHERE = "coolset.invalid"
COOLSET_TIMEOUT = 2.0
#: What recording, and a machine that does other things too, may add.
SLACK = 3.0


def test_nothing_is_sent_and_nothing_concluded(quiet: Campaign, tmp_path: Path) -> None:
    c = quiet
    ours, stranger = authority(tmp_path / "ours"), authority(tmp_path / "stranger")
    c.instance.environment["SSL_CERT_FILE"] = ours.file
    c.import_tokens(TOKENS)
    c.instance.run("validate_tokens", "--all")

    _cannot_check(c, "no such name", f"https://{NOWHERE}/api/", COOLSET_ALLOW_HOST=NOWHERE)
    for what, shown in (
        ("a certificate of a stranger", stranger.issue()),
        ("a certificate that ended yesterday", ours.issue(ended=True)),
        ("a certificate for another address", ours.issue("192.0.2.1")),
        ("plain HTTP in place of TLS", None),
    ):
        with StandIn(c.coolset.world, tls=shown) as server:
            before = server.calls()
            _cannot_check(c, what, server.url.replace("http://", "https://"))
            assert server.calls() == before, "it was told a token"
    c.checked.append("no request left over any of those lines")

    with StandIn(c.coolset.world, tls=ours.issue(HERE)) as server:
        c.instance.environment.update(COOLSET_API_URL=server.url, COOLSET_TIMEOUT="30")
        answer = c.instance.run("validate_tokens", "--all")
    assert answer["valid"] == TOKENS
    c.checked.append("by a known certificate: all checked")
    invariants.after_every_fault(c)


def _cannot_check(c: Campaign, what: str, url: str, **more: str) -> None:
    timeout = f"{COOLSET_TIMEOUT:.0f}"
    c.instance.environment.update(COOLSET_API_URL=url, COOLSET_TIMEOUT=timeout, **more)
    c.inject(what)
    began = time.monotonic()
    answer = c.instance.run("validate_tokens", "--all")
    took = time.monotonic() - began
    assert (answer["inconclusive"], answer["checked"]) == (TOKENS, TOKENS)
    slowest = max(latest_milliseconds(c))
    assert slowest <= (COOLSET_TIMEOUT + SLACK) * 1000, f"{what}: {slowest} ms"
    outcomes = {row[0] for row in c.rows("SELECT DISTINCT last_outcome FROM tokens_secret")}
    assert outcomes == {"unreachable"}, outcomes
    invariants.health_is(c, valid=TOKENS)
    c.checked[-1] = f"{what}: {slowest:.0f} ms, {took:.1f} s in all, {TOKENS} still valid"
