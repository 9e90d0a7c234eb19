"""Asking in a process of its own: the same answers, and nobody left behind."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.probing.conftest import Scene
from tokens.keys import private_keyring
from tokens.models import Secret, Token
from tokens.policy.vocabulary import Outcome
from tokens.services import sweep as sweeping
from tokens.services.probing import apart as apart_module
from tokens.services.probing.apart import ProberApart, ProberLost, can_be_apart
from tokens.services.probing.asking import Result
from tokens.services.probing.claiming import claim_due
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.django_db,
    # From Python 3.12 on it warns of what `can_be_apart` asks for; the stand-in is a thread here.
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
TOKENS = 70
ITS_OWN = ("socket:", "anon_inode:")


@pytest.fixture
def apart(scene: Scene) -> Iterator[tuple[Scene, ProberApart]]:
    """A prober of its own, and a scene whose tokens it was given."""
    for _ in range(TOKENS):
        scene.token()
    prober = ProberApart(private_keyring(), probe_settings(scene.clock))
    with prober:
        yield scene, prober


def claim(scene: Scene) -> Any:
    return claim_due(pace=probe_settings(scene.clock).pace, now=scene.clock.now)


def collect_all(prober: ProberApart) -> list[Result]:
    results: list[Result] = []
    while prober.pending:
        results += prober.collect(most=7)
    return results


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_every_job_has_one_result(apart: tuple[Scene, ProberApart]) -> None:
    scene, prober = apart
    jobs = claim(scene)
    prober.submit(jobs)
    assert prober.pending == TOKENS
    results = collect_all(prober)
    assert {result.job.subject_id for result in results} == {job.subject_id for job in jobs}
    assert len(results) == TOKENS
    assert {result.answer.outcome for result in results} == {Outcome.VALID}
    assert all(result.answer.headers and result.answer.evidence for result in results)
    assert scene.coolset.calls() == TOKENS


def test_it_is_recorded_as_from_a_thread(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("valid", "forbidden", "unauthorized", "throttled", "500", "html200")
    columns = ("health", "last_outcome", "suspect_since", "seen_workspace_id", "account_email")
    seen = []
    for chosen in (Prober, ProberApart):
        monkeypatch.setattr(sweeping, "_who_asks", lambda *_, kind=chosen: kind)
        tokens = [
            scene.token(mode, seed={"config": {"workspace_id": n, "email": "a@b.example"}})
            for n, mode in enumerate(kinds, start=1)
        ]
        bad = scene.token()
        Token.objects.filter(pk=bad.pk).update(sealed=b"\x01" + bytes(80))
        scene.probe(*tokens, bad)
        ids = [token.secret_id for token in [*tokens, bad]]
        rows = {row[0]: row[1:] for row in Secret.objects.values_list("pk", *columns)}
        seen.append([rows[pk] for pk in ids])
    assert seen[0] == seen[1]
    assert [row[1] for row in seen[1]] == [
        *("valid", "forbidden", "unauthorized", "throttled", "unusable", "unusable"),
        "unreadable",
    ]


def test_its_end_leaves_no_process(scene: Scene) -> None:
    scene.token()
    with ProberApart(private_keyring(), probe_settings(scene.clock)) as prober:
        prober.submit(claim(scene))
        assert Path(f"/proc/{prober._child}").exists()
        collect_all(prober)
    assert not Path(f"/proc/{prober._child}").exists()


def test_an_error_of_the_parent_ends_it_at_once(scene: Scene) -> None:
    scene.coolset.world.default_latency = 20
    scene.token()
    begun, jobs = time.monotonic(), claim(scene)
    prober = ProberApart(private_keyring(), probe_settings(scene.clock))

    def fail() -> None:
        with prober:
            prober.submit(jobs)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Path(f"/proc/{prober._child}").exists()
    assert time.monotonic() - begun < 5


def test_a_killed_one_is_noticed_and_its_claims_run_out(scene: Scene) -> None:
    scene.coolset.world.default_latency = 20
    token = scene.token()
    jobs = claim(scene)
    prober = ProberApart(private_keyring(), probe_settings(scene.clock))

    def ask() -> None:
        with prober:
            prober.submit(jobs)
            os.kill(prober._child, signal.SIGKILL)
            prober.collect(most=1)

    with pytest.raises(ProberLost):
        ask()
    secret = Secret.objects.get(pk=token.secret_id)
    assert secret.claimed_until is not None
    scene.coolset.world.default_latency = 0
    assert scene.sweep(minutes=5).checked == 1


@pytest.mark.parametrize("unread", [False, True])
def test_a_parent_that_dies_leaves_nobody_behind(scene: Scene, unread: bool) -> None:
    """Also where answers were told that it never read: then the line ends with an error."""
    for _ in range(TOKENS):
        scene.token()
    jobs = claim(scene)
    reading, writing = os.pipe()
    settings, ring = probe_settings(scene.clock), private_keyring()
    scene.coolset.world.default_latency = 0 if unread else 20
    parent = os.fork()
    if not parent:
        with ProberApart(ring, settings) as prober:
            prober.submit(jobs)
            if unread:
                select.select([prober._line], [], [], 20)
            os.write(writing, str(prober._child).encode())
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    assert gone_within(int(os.read(reading, 20)), 10)
    os.close(reading)
    os.close(writing)


def test_one_that_hangs_is_not_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart_module, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(apart_module, "LEAVING_SECONDS", 0.2)
    settings = replace(probe_settings(scene.clock), timeout_seconds=0.2)
    begun = time.monotonic()
    with ProberApart(private_keyring(), settings) as prober:
        os.kill(prober._child, signal.SIGSTOP)
    assert not Path(f"/proc/{prober._child}").exists()
    assert time.monotonic() - begun < 10


def test_it_holds_no_file_of_the_parents(apart: tuple[Scene, ProberApart]) -> None:
    _, prober = apart
    end = time.monotonic() + 10
    while others := [file for file in _files_of(prober._child) if not file.startswith(ITS_OWN)]:
        assert time.monotonic() < end, others
        time.sleep(0.05)  # it closes them, then makes its own


def _files_of(pid: int) -> list[str]:
    """What a process has open beside its standard streams."""
    names = sorted(Path(f"/proc/{pid}/fd").iterdir(), key=lambda path: int(path.name))
    return [str(path.readlink()) for path in names if int(path.name) > 2]


def test_what_was_not_begun_comes_back(apart: tuple[Scene, ProberApart]) -> None:
    scene, prober = apart
    scene.coolset.world.default_latency = 0.3
    prober.submit(claim(scene))
    while not scene.coolset.calls():
        time.sleep(0.01)
    back = prober.take_back()
    results = collect_all(prober)
    assert len(back) + len(results) == TOKENS
    assert back, "twenty are in flight at once"
    assert len(results) == scene.coolset.calls()
    assert prober.take_back() == []


def test_what_is_broken_off_brings_no_result(apart: tuple[Scene, ProberApart]) -> None:
    scene, prober = apart
    scene.coolset.world.default_latency = 20
    prober.submit(claim(scene))
    assert prober.collect(most=1, at_most_seconds=0.1) == []
    assert prober.collect(most=1, hurry=lambda: True) == []
    prober.take_back()
    assert len(prober.abandon()) == 20
    assert (prober.pending, prober.collect(most=5)) == (0, [])


def test_who_asks_is_chosen_by_how_much_there_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = probe_settings(scene.clock)
    scene.token()
    full = claim(scene) * how.pace.batch
    assert can_be_apart() == (threading.active_count() == 1)
    monkeypatch.setattr(sweeping, "can_be_apart", lambda: False)
    assert sweeping._who_asks(full, how) is Prober
    monkeypatch.setattr(sweeping, "can_be_apart", lambda: True)
    assert sweeping._who_asks(full, how) is ProberApart
    assert sweeping._who_asks(full[:-1], how) is Prober
