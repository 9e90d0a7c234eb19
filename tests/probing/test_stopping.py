"""A sweep that is asked to stop records what was answered and lets go of all the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.probing.conftest import Scene
from tokens import stopping
from tokens.models import Pulse, Secret, Tally
from tokens.services import sweep as sweeping
from tokens.services.probing import winding_up
from tokens.services.probing.apart import ProberApart
from tokens.services.probing.prober import Prober
from tokens.services.sweep import sweep

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # see test_apart
]
#: More than are in flight at once (20 in these tests), so that some were not begun.
TOKENS = 50


@pytest.fixture(autouse=True, params=[Prober, ProberApart])
def _asked_by(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping is the same, whoever asks."""
    monkeypatch.setattr(sweeping, "_who_asks", lambda *_: request.param)


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    yield
    stopping.forget()


def _asked_after(scene: Scene, calls: int) -> threading.Thread:
    def wait() -> None:
        end = time.monotonic() + 20
        while scene.coolset.calls() < calls and time.monotonic() < end:
            time.sleep(0.005)
        stopping.ask_to_stop()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_what_was_answered_is_recorded_and_the_rest_is_free_at_once(scene: Scene) -> None:
    for _ in range(TOKENS):
        scene.token()
    scene.coolset.world.default_latency = 0.3
    thread = _asked_after(scene, 1)
    swept = scene.sweep()
    thread.join()
    assert swept.stopped
    assert 0 < swept.checked < TOKENS
    checked = Secret.objects.filter(last_checked_at=scene.clock.now)
    assert checked.count() == swept.checked == scene.coolset.calls()
    assert not Secret.objects.filter(claim__isnull=False).exists()
    assert not Pulse.objects.filter(name="sweep").exists(), "it did not end well"
    stopping.forget()
    scene.coolset.world.default_latency = 0
    assert scene.sweep().checked == TOKENS - swept.checked
    assert scene.coolset.calls() == TOKENS, "nothing was asked twice"


def test_what_does_not_answer_in_time_is_let_go_and_its_calls_are_counted(
    scene: Scene, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COOLSET_TIMEOUT = 30
    monkeypatch.setattr(winding_up, "GRACE_SECONDS", 0.3)
    slow = scene.token("valid", seed={"options": {"latency": 20}})
    scene.coolset.world.default_latency = 20
    thread = _asked_after(scene, 1)
    begun = time.monotonic()
    swept = scene.sweep()
    thread.join()
    assert time.monotonic() - begun < 5
    assert (swept.stopped, swept.checked) == (True, 0)
    secret = Secret.objects.get(pk=slow.secret_id)
    assert secret.claimed_until == scene.clock.now
    stopping.forget()
    scene.coolset.world.default_latency = 0
    scene.answer(slow, "valid")
    assert scene.sweep(seconds=1).checked == 1
    secret.refresh_from_db()
    assert len(secret.own_calls) == 1 + 3, "as after a worker's death"


def test_asked_before_it_began_it_claims_nothing(scene: Scene) -> None:
    scene.token()
    stopping.ask_to_stop()
    assert scene.sweep().checked == 0
    assert not Secret.objects.filter(claim__isnull=False).exists()
    assert scene.coolset.calls() == 0


def test_how_sweeps_ended_and_what_they_brought_is_counted(scene: Scene) -> None:
    for _ in range(3):
        scene.token()
    scene.token("forbidden")
    scene.sweep()
    scene.clock.now += timedelta(hours=2)
    stopping.ask_to_stop()
    sweep(clock=scene.clock)
    counted = {(row.name, row.label): row.count for row in Tally.objects.all()}
    assert counted.pop(("sweep_ms", "")) > 0
    assert counted == {
        ("checked", "valid"): 3,
        ("checked", "forbidden"): 1,
        ("sweeps", "done"): 1,
        ("sweeps", "stopped"): 1,
    }
