"""The stand-in itself: what tests and the demo rely on."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.coolset.helpers import new_token, probe
from tests.stand_in import StandIn, World
from tests.stand_in.state import LIMIT, digest
from tokens.policy.vocabulary import Outcome

pytestmark = pytest.mark.enable_socket


def order(url: str, control: str, **what: Any) -> Any:
    request = urllib.request.Request(  # noqa: S310 - loopback
        url.removesuffix("api/") + "_control",
        json.dumps(what).encode(),
        {"X-Control-Token": control},
    )
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return json.load(response)


def test_it_is_steered_from_another_process_and_keeps_its_state(tmp_path: Path) -> None:
    token, control, state = new_token(), new_token(), tmp_path / "state.json"
    command = [sys.executable, "-m", "tests.stand_in", "--control-token", control]
    with subprocess.Popen(
        [*command, "--state", str(state)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert probe(url, token).outcome is Outcome.UNAUTHORIZED
            order(url, control, do="seed", tokens=[{"token": token, "mode": "forbidden"}])
            assert probe(url, token).outcome is Outcome.FORBIDDEN
            order(url, control, do="outage", kind="fail_all")
            assert probe(url, token).status == 503
            order(url, control, do="outage", kind=None)
            order(url, control, do="revoke", sha256=digest(token))
            assert probe(url, token).outcome is Outcome.UNAUTHORIZED
            assert order(url, control, do="counts")["by_sha256"] == {digest(token): 4}
            with pytest.raises(urllib.error.HTTPError, match="403"):
                order(url, "guess", do="counts")
            with pytest.raises(urllib.error.HTTPError, match="400"):
                order(url, control, do="nonsense")
        finally:
            process.terminate()
            assert process.wait(10) == 0
    assert token not in state.read_text()
    again = World()
    again.load(state)
    assert again.known[digest(token)].mode == "unauthorized"


def test_the_allowance_slides() -> None:
    moment = [1000.0]
    world = World(clock=lambda: moment[0])
    world.seed("a")
    world.foreign_use("a", LIMIT)
    moment[0] += 3601
    entry = world.record("a", "/")
    assert entry is not None
    assert len(entry.uses) == 1


def test_modes_and_outages_are_closed_words() -> None:
    world = World()
    with pytest.raises(ValueError, match="unknown mode"):
        world.seed("a", "maybe")
    with pytest.raises(ValueError, match="unknown mode"):
        world.set_mode("a", "maybe")
    with pytest.raises(ValueError, match="unknown outage"):
        world.set_outage("maybe")


def test_the_log_holds_no_value() -> None:
    token = new_token()
    with StandIn() as own:
        own.seed(token)
        probe(own.url, token)
        ((_, key, path),) = own.world.log
    assert (key, path) == (digest(token), "/api/accounts/user-config/")


def test_without_a_control_token_there_is_no_control() -> None:
    with StandIn() as own, pytest.raises(urllib.error.HTTPError, match="404"):
        order(own.url, "", do="counts")


def test_a_port_that_is_taken_is_said() -> None:
    with StandIn() as own, pytest.raises(OSError, match="in use"), StandIn(port=own.port):
        pass
