"""The vendor's incident: many tokens turn bad together, and nothing flips."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.probing.conftest import Scene
from tests.probing.test_sweep import secret_of
from tokens.audit import system
from tokens.keys import private_keyring
from tokens.models import Incident, Mail, Secret, Token
from tokens.services.end_incident import end_incident
from tokens.services.probing import window as windows
from tokens.services.probing.claiming import claim_these
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober
from tokens.services.probing.recording import record
from tokens.services.probing.window import Window
from tokens.services.record_revocation import record_revocation

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


@pytest.fixture
def twelve(scene: Scene) -> list[Token]:
    tokens = [scene.token() for _ in range(12)]
    scene.sweep()
    return tokens


def test_refusals_of_all_are_one_incident_and_flip_nothing(
    scene: Scene, twelve: list[Token], administrators: list[str]
) -> None:
    scene.coolset.outage("refuse_all")
    for _ in range(4):
        scene.clock.advance(hours=2)
        scene.probe(*twelve)
    assert set(Secret.objects.values_list("health", flat=True)) == {"valid"}
    assert not Secret.objects.filter(suspect_since__isnull=False).exists()
    assert Incident.objects.filter(ended_at__isnull=True).count() == 1
    assert Mail.objects.filter(recipient__in=administrators).count() == len(administrators)


def test_a_failing_vendor_is_one_incident_too(scene: Scene, twelve: list[Token]) -> None:
    scene.coolset.outage("fail_all")
    scene.clock.advance(hours=2)
    scene.probe(*twelve)
    assert Incident.objects.count() == 1


def test_half_of_them_is_no_incident(scene: Scene, twelve: list[Token]) -> None:
    for token in twelve[:6]:
        scene.answer(token, "unauthorized")
    scene.clock.advance(hours=2)
    scene.probe(*twelve)
    scene.clock.advance(minutes=6)
    scene.probe(*twelve)
    assert not Incident.objects.exists()
    assert {secret_of(token).health for token in twelve[:6]} == {"failing"}
    assert {secret_of(token).health for token in twelve[6:]} == {"valid"}


@pytest.mark.parametrize(
    ("count", "refused", "held"),
    [(10, 10, False), (11, 11, True), (11, 6, False), (11, 7, True), (12, 7, True)],
)
def test_a_refusal_is_judged_by_ten_or_more_others(
    scene: Scene, count: int, refused: int, held: bool
) -> None:
    """Source: interfaces.md, "Health": the token itself is none of "other tokens"."""
    tokens = [scene.token() for _ in range(count)]
    scene.sweep()
    for token in tokens[:refused]:
        scene.answer(token, "unauthorized")
    for _ in range(2):
        scene.clock.advance(minutes=30)
        scene.probe(*tokens)
    assert Incident.objects.exists() == held
    failing = Secret.objects.filter(health="failing").count()
    assert failing == (0 if held else refused)


def test_refusals_seen_one_by_one_are_taken_back_when_they_add_up(
    scene: Scene, twelve: list[Token]
) -> None:
    scene.clock.advance(hours=2)
    scene.coolset.outage("refuse_all")
    for token in twelve:
        scene.probe(token)
        scene.clock.advance(seconds=5)
    assert Incident.objects.count() == 1
    assert not Secret.objects.filter(suspect_since__isnull=False).exists()


def test_it_ends_by_itself_when_most_work_again(scene: Scene, twelve: list[Token]) -> None:
    scene.coolset.outage("refuse_all")
    scene.clock.advance(hours=2)
    scene.probe(*twelve)
    scene.coolset.outage(None)
    scene.answer(twelve[0], "unauthorized")
    scene.clock.advance(minutes=30)
    scene.probe(*twelve)
    incident = Incident.objects.get()
    assert (incident.ended_at, incident.ended_by) == (scene.clock.now, "")
    assert secret_of(twelve[0]).suspect_since == scene.clock.now, "from here on refusals count"


def test_ended_by_hand_refusals_count(scene: Scene, twelve: list[Token]) -> None:
    scene.coolset.outage("refuse_all")
    scene.clock.advance(hours=2)
    scene.probe(*twelve)
    end_incident(incident=Incident.objects.get(), actor=system("tests"), now=scene.clock.now)
    for _ in range(2):
        scene.clock.advance(minutes=6)
        scene.probe(*twelve)
    assert {secret_of(token).health for token in twelve} == {"failing"}


def test_no_revocation_is_confirmed_during_an_incident(scene: Scene, twelve: list[Token]) -> None:
    revoked = twelve[0]
    record_revocation(
        token=revoked,
        reason="no longer needed",
        by="a@b.example",
        actor=system("tests"),
        now=scene.clock.now,
    )
    scene.coolset.outage("refuse_all")
    for _ in range(3):
        scene.clock.advance(minutes=10)
        scene.probe(*twelve)
    assert secret_of(revoked).revocation.proof == "claimed"


def calm_window(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Window:
    """Of a sweep that counted before anything happened, and keeps that count."""
    monkeypatch.setattr(windows, "MANY", 1)
    monkeypatch.setattr(windows, "SHORTEST", 600.0)
    monkeypatch.setattr(windows, "LONGEST", 600.0)
    window = Window()
    window.stored(since=scene.clock.now - timedelta(minutes=10), exclude=[])
    return window


def record_with(window: Window, scene: Scene, token: Token) -> None:
    """Ask about it, and record the answer as a batch of that sweep."""
    how = probe_settings(scene.clock)
    jobs = claim_these(secret_ids=[token.secret_id], pace=how.pace, now=scene.clock.now)
    with Prober(private_keyring(), how) as prober:
        prober.submit(jobs)
        results = prober.collect(most=1)
    record(results, confirm_seconds=300, now=scene.clock.now, window=window)


def test_a_count_from_before_does_not_end_an_incident(
    scene: Scene, twelve: list[Token], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.clock.advance(minutes=1)
    window = calm_window(scene, monkeypatch)
    scene.coolset.outage("fail_all")
    scene.probe(*twelve[:11])
    assert Incident.objects.filter(ended_at__isnull=True).count() == 1
    record_with(window, scene, twelve[11])
    assert Incident.objects.filter(ended_at__isnull=True).count() == 1
    assert Incident.objects.count() == 1


def test_a_count_from_before_does_not_decide_a_second_refusal(
    scene: Scene, twelve: list[Token], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = twelve[0]
    scene.answer(token, "unauthorized")
    scene.clock.advance(minutes=1)
    scene.probe(token)
    assert secret_of(token).suspect_since is not None
    scene.clock.advance(minutes=6)
    window = calm_window(scene, monkeypatch)
    others = Secret.objects.exclude(pk=token.secret_id)
    others.update(last_outcome="unusable", last_checked_at=scene.clock.now)
    record_with(window, scene, token)
    assert secret_of(token).health == "valid"
    assert Incident.objects.filter(ended_at__isnull=True).count() == 1
