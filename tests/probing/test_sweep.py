"""The sweep over real HTTP: claims, answers taken into health, runs, schedules, own calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.probing.conftest import Scene
from tokens.models import AuditEvent, Check, Notice, Secret, Token
from tokens.policy.vocabulary import Outcome
from tokens.services.check_now import check_now, everything
from tokens.services.probing.claiming import CLAIM, Pace, claim_due
from tokens.services.probing.recording import record

PACE = Pace(concurrency=20, timeout_seconds=2)
pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


def secret_of(token: Token) -> Secret:
    return Secret.objects.get(pk=token.secret_id)


@pytest.mark.parametrize(
    ("mode", "options", "outcome", "health"),
    [
        ("valid", {}, "valid", "valid"),
        ("forbidden", {}, "forbidden", "insufficient"),
        ("unauthorized", {}, "unauthorized", "unchecked"),
        ("throttled", {"style": "seconds"}, "throttled", "unchecked"),
        ("html401", {}, "unusable", "unchecked"),
        ("html403", {}, "unusable", "unchecked"),
        ("html200", {}, "unusable", "unchecked"),
        ("503", {}, "unusable", "unchecked"),
        ("reset", {}, "unreachable", "unchecked"),
        ("truncated", {}, "unusable", "unchecked"),
    ],
)
def test_one_answer(
    scene: Scene, mode: str, options: dict[str, str], outcome: str, health: str
) -> None:
    token = scene.token(mode, seed={"options": options})
    swept = scene.sweep()
    secret = secret_of(token)
    assert swept.checked == 1
    assert (secret.last_outcome, secret.health) == (outcome, health)
    assert secret.last_checked_at == scene.clock.now
    assert secret.next_check_at is not None
    assert secret.next_check_at > scene.clock.now
    assert secret.claim is None


def test_two_refusals_make_failing_and_the_first_one_dates_it(scene: Scene) -> None:
    token = scene.token()
    scene.sweep()
    scene.answer(token, "unauthorized")
    scene.clock.advance(hours=2)
    first = scene.clock.now
    scene.sweep()
    assert secret_of(token).health == "valid"
    assert secret_of(token).suspect_since == first
    scene.sweep(seconds=299)
    assert secret_of(token).health == "valid", "not due before the confirming moment"
    scene.sweep(seconds=5)
    secret = secret_of(token)
    assert (secret.health, secret.refused_since) == ("failing", first)
    assert secret.last_accepted_at == first - timedelta(hours=2)
    changes = AuditEvent.objects.filter(kind="token.health_changed", subject_id=str(token.pk))
    assert changes.count() == 2


def test_an_acceptance_between_two_refusals_breaks_the_suspicion(scene: Scene) -> None:
    token = scene.token()
    scene.sweep()
    for mode in ("unauthorized", "valid", "unauthorized"):
        scene.answer(token, mode)
        scene.clock.advance(minutes=10)
        scene.probe(token)
    assert secret_of(token).health == "valid"
    assert secret_of(token).suspect_since == scene.clock.now


def test_equal_answers_are_one_run(scene: Scene) -> None:
    token = scene.token()
    for _ in range(4):
        scene.sweep(hours=2)
    scene.answer(token, "503")
    scene.sweep(hours=2)
    runs = list(Check.objects.order_by("first_at").values_list("outcome", "count", "status"))
    assert runs == [("valid", 4, 200), ("unusable", 1, 503)]


def test_a_healthy_answer_adds_no_audit_entry(scene: Scene) -> None:
    scene.token()
    scene.sweep()
    before = AuditEvent.objects.count()
    scene.sweep(hours=2)
    assert AuditEvent.objects.count() == before


def test_a_throttled_token_waits_for_the_hint(scene: Scene) -> None:
    token = scene.token("throttled", seed={"options": {"style": "seconds", "seconds": 900}})
    scene.sweep()
    secret = secret_of(token)
    assert secret.throttled_until is not None
    waits = secret.throttled_until - scene.clock.now
    assert timedelta(minutes=1) <= waits <= timedelta(hours=2)
    calls = scene.calls(token)
    scene.sweep(seconds=30)
    assert scene.calls(token) == calls


def test_a_not_held_token_is_never_asked_about(scene: Scene) -> None:
    from tests.factories import make_token

    make_token(value=None, now=scene.clock.now)
    assert scene.sweep(days=3).checked == 0
    assert scene.coolset.calls() == 0


def test_a_dead_workers_claim_is_taken_again_and_its_calls_are_counted(scene: Scene) -> None:
    token = scene.token()
    dead = claim_due(pace=PACE, now=scene.clock.now)
    assert [job.subject_id for job in dead] == [token.secret_id]
    assert scene.sweep().checked == 0, "still in the dead worker's hands"
    swept = scene.sweep(seconds=CLAIM.total_seconds() + 1)
    assert swept.checked == 1
    assert len(secret_of(token).own_calls) == 1 + 3


def test_a_late_answer_counts_as_a_call_and_nothing_else(scene: Scene) -> None:
    from tokens.keys import private_keyring
    from tokens.services.probing.configured import probe_settings
    from tokens.services.probing.prober import Prober

    token = scene.token()
    jobs = claim_due(pace=PACE, now=scene.clock.now)
    with Prober(private_keyring(), probe_settings(scene.clock)) as prober:
        prober.submit(jobs)
        results = prober.collect(most=1)
    Secret.objects.filter(pk=token.secret_id).update(claim=None)
    record(results, confirm_seconds=300, now=scene.clock.now)
    secret = secret_of(token)
    assert (secret.health, secret.last_checked_at) == ("unchecked", None)
    assert len(secret.own_calls) == 1


def test_one_unreadable_row_does_not_stop_the_rest(scene: Scene) -> None:
    good, bad = scene.token(), scene.token()
    sealed = bytes(bad.sealed or b"")
    Token.objects.filter(pk=bad.pk).update(sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    swept = scene.sweep()
    assert swept.outcomes == {Outcome.VALID: 1, Outcome.UNREADABLE: 1}
    assert secret_of(good).health == "valid"
    assert secret_of(bad).health == "unchecked"
    assert AuditEvent.objects.filter(kind="token.unreadable", subject_id=str(bad.pk)).count() == 1
    assert scene.calls(bad) == 0


def test_calls_that_are_not_ours_are_evidence_of_use(scene: Scene) -> None:
    token = scene.token()
    scene.sweep()
    scene.sweep(minutes=70)
    assert secret_of(token).last_used_at is None, "our own calls explain what is gone"
    scene.foreign_use(token, 3)
    scene.probe(token)
    assert secret_of(token).last_used_at == scene.clock.now
    assert secret_of(token).last_used_evidence == "headers"


def test_a_company_without_an_id_is_offered_the_one_that_was_named(scene: Scene) -> None:
    token = scene.token(seed={"config": {"workspace_id": 4711}})
    scene.sweep()
    token.company.refresh_from_db()
    assert token.company.proposed_workspace_id == 4711


def test_another_workspace_than_recorded_is_a_mismatch(scene: Scene) -> None:
    token = scene.token(workspace_id=1, seed={"config": {"workspace_id": 2}})
    scene.sweep()
    token.refresh_from_db()
    assert token.company_mismatch


def test_absence_from_the_complete_list_is_a_mismatch(scene: Scene) -> None:
    rows = [{"workspace_id": n, "id": n + 100, "name": f"W{n}"} for n in range(2, 25)]
    wrong = scene.token(
        workspace_id=1, seed={"workspaces": rows, "config": {"email": "a@b.example"}}
    )
    right = scene.token(
        workspace_id=120, seed={"workspaces": rows, "config": {"email": "a@b.example"}}
    )
    scene.sweep()
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.company_mismatch, right.company_mismatch) == (True, False)
    calls = scene.calls(wrong)
    scene.sweep(hours=2)
    assert scene.calls(wrong) == calls + 1, "the list is asked for once a week at most"


def test_a_row_that_cannot_be_recorded_does_not_stop_the_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, administrators: list[str]
) -> None:
    from tokens.services.probing import recording

    good, bad = scene.token(), scene.token()
    take = recording._take_answer

    def poisoned(secret: Secret, *rest: Any) -> None:
        if secret.pk == bad.secret_id:
            raise ValueError("poisoned")
        take(secret, *rest)

    monkeypatch.setattr(recording, "_take_answer", poisoned)
    scene.sweep()
    assert (secret_of(good).health, secret_of(bad).health) == ("valid", "unchecked")
    assert secret_of(bad).claim is None
    assert scene.sweep(minutes=5).checked == 0, "the poisoned row is not asked about at once"
    assert scene.sweep(hours=2).checked == 2
    told = Notice.objects.values_list("token_id", "kind", "recipient")
    assert list(told) == [(bad.pk, "unreadable", each) for each in administrators], "told once"
    entry = AuditEvent.objects.get(kind="token.unreadable")
    assert entry.subject_id == str(bad.pk)
    # Repaired, it is checked as before.
    monkeypatch.setattr(recording, "_take_answer", take)
    scene.sweep(hours=2)
    assert secret_of(bad).health == "valid"


def test_checks_go_on_when_the_clock_was_put_back(scene: Scene) -> None:
    """A clock ran a hundred days ahead: its checks are not put off for as long, nor is what a
    worker that died then held."""
    scene.clock.advance(days=100)
    checked, throttled = scene.token(), scene.token("throttled")
    scene.sweep()
    claimed = scene.token()
    assert claim_due(pace=PACE, now=scene.clock.now)
    scene.clock.advance(days=-100)
    assert scene.sweep().checked == 3
    for token in (checked, throttled, claimed):
        secret = secret_of(token)
        assert secret.last_checked_at == scene.clock.now
        assert secret.claim is None
    assert scene.sweep(minutes=1).checked == 0


def test_a_rate_limit_of_a_clock_that_was_put_back_holds_no_check(scene: Scene) -> None:
    scene.clock.advance(days=100)
    token = scene.token("throttled")
    scene.sweep()
    scene.clock.advance(days=-100)
    scene.answer(token, "valid")
    assert check_now(tokens=everything(), clock=scene.clock).valid == 1


def test_a_worker_whose_clock_is_a_little_ahead_keeps_its_claim(scene: Scene) -> None:
    scene.token()
    assert claim_due(pace=PACE, now=scene.clock.now + timedelta(minutes=3))
    assert scene.sweep().checked == 0


def test_a_sweep_goes_on_until_nothing_is_due_however_few_are_claimed_at_once(
    scene: Scene, settings: Any
) -> None:
    settings.COOLSET_CONCURRENCY, settings.COOLSET_TIMEOUT = 1, 10
    for _ in range(40):
        scene.token()
    assert scene.sweep().checked == 40
