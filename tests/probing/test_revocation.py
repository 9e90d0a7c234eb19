"""Recorded revocations, proved or contradicted by probes that began afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import make_token
from tests.probing.conftest import Scene
from tests.probing.test_sweep import PACE, secret_of
from tokens.audit import system
from tokens.errors import InvalidInput, WrongState
from tokens.models import AuditEvent, Revocation, Secret, Token
from tokens.selectors.wrong_target import behind_contradiction
from tokens.services.probing.claiming import claim_due
from tokens.services.record_revocation import record_revocation

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]
ACTOR = system("tests")


def revoke(scene: Scene, token: Token) -> Revocation:
    return record_revocation(
        token=token, reason="rotated", by="ann@acme.example", actor=ACTOR, now=scene.clock.now
    )


def proof_of(token: Token) -> Revocation:
    return Revocation.objects.get(secret_id=token.secret_id)


def test_confirmed_by_two_refusals_of_a_value_that_worked(scene: Scene) -> None:
    token, witness = scene.token(), scene.token()
    scene.sweep()
    scene.clock.advance(minutes=30)
    scene.answer(token, "unauthorized")
    revoke(scene, token)
    token.refresh_from_db()
    assert token.state == "revoked"
    scene.sweep()
    assert proof_of(token).proof == "claimed"
    scene.clock.advance(seconds=301)
    scene.probe(token, witness)
    proof = proof_of(token)
    assert proof.proof == "confirmed"
    assert proof.last_accepted_at == scene.clock.now - timedelta(minutes=30, seconds=301)
    assert proof.first_refused_at == scene.clock.now - timedelta(seconds=301)
    assert [row["id"] for row in proof.witnesses] == [str(witness.pk)]
    assert AuditEvent.objects.filter(kind="revocation.confirmed").count() == 1


def test_the_value_is_destroyed_after_one_more_refusal_a_day_later(scene: Scene) -> None:
    token = scene.token()
    scene.sweep()
    scene.answer(token, "unauthorized")
    revoke(scene, token)
    scene.sweep()
    scene.sweep(seconds=302)
    scene.clock.advance(hours=23)
    scene.probe(token)
    assert Token.objects.filter(pk=token.pk, sealed__isnull=False).exists()
    scene.clock.advance(hours=2)
    scene.probe(token)
    secret = secret_of(token)
    assert Token.objects.filter(pk=token.pk, sealed__isnull=True, key_id="").exists()
    assert (secret.destroyed_at, secret.next_check_at) == (scene.clock.now, None)
    assert secret.fingerprint is not None, "a destroyed value is still recognised"


def test_an_acceptance_afterwards_contradicts_and_two_refusals_confirm_later(
    scene: Scene,
) -> None:
    token = scene.token()
    scene.sweep()
    revoke(scene, token)
    scene.sweep()
    assert proof_of(token).proof == "contradicted"
    scene.answer(token, "unauthorized")
    for _ in range(2):
        scene.clock.advance(minutes=6)
        scene.probe(token)
    assert proof_of(token).proof == "confirmed"
    scene.answer(token, "valid")
    scene.clock.advance(hours=3)
    scene.probe(token)
    assert proof_of(token).proof == "contradicted"
    assert proof_of(token).confirmed_at is None


def test_a_value_that_never_worked_here_stays_claimed(scene: Scene) -> None:
    token = scene.token("unauthorized")
    scene.sweep()
    revoke(scene, token)
    for _ in range(3):
        scene.clock.advance(minutes=6)
        scene.probe(token)
    assert (proof_of(token).proof, proof_of(token).proof_reason) == (
        "claimed",
        "never_worked_here",
    )


def test_a_not_held_token_stays_claimed(scene: Scene) -> None:
    token = make_token(value=None, now=scene.clock.now)
    revoke(scene, token)
    assert (proof_of(token).proof, proof_of(token).proof_reason) == ("claimed", "not_held")


def test_a_probe_begun_before_the_recording_does_not_count(scene: Scene) -> None:
    from tokens.keys import private_keyring
    from tokens.services.probing.configured import probe_settings
    from tokens.services.probing.prober import Prober
    from tokens.services.probing.recording import record

    token = scene.token()
    scene.sweep()
    scene.clock.advance(hours=2)
    jobs = claim_due(pace=PACE, now=scene.clock.now)
    with Prober(private_keyring(), probe_settings(scene.clock)) as prober:
        prober.submit(jobs)
        results = prober.collect(most=1)
    scene.clock.advance(seconds=1)
    revoke(scene, token)
    record(results, confirm_seconds=300, now=scene.clock.now)
    assert proof_of(token).proof == "claimed", "its 200 was asked for before"
    assert secret_of(token).next_check_at == scene.clock.now


def test_the_wrong_one_may_have_been_revoked(scene: Scene) -> None:
    meant = scene.token(company_name="Acme GmbH")
    hit = scene.token(company_name="Acme GmbH")
    elsewhere = scene.token()
    scene.sweep()
    scene.clock.advance(minutes=20)
    scene.answer(hit, "unauthorized")
    scene.answer(elsewhere, "unauthorized")
    revoke(scene, meant)
    swept = scene.sweep()
    assert swept.checked == 2, "the company's other active tokens are looked at at once"
    assert proof_of(meant).proof == "contradicted"
    assert [target.hit.id for target in behind_contradiction(proof_of(meant))] == [hit.pk]


def test_all_rows_of_a_shared_secret_are_revoked(scene: Scene) -> None:
    token = scene.token()
    other = make_token(value=scene.values[token.pk], allow_shared=True, now=scene.clock.now)
    revoke(scene, token)
    assert set(Token.objects.values_list("state", flat=True)) == {"revoked"}
    assert AuditEvent.objects.filter(kind="revocation.recorded").count() == 2
    assert Secret.objects.count() == 1
    with pytest.raises(WrongState):
        revoke(scene, other)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"by": "nobody"}, "by"),
        ({"by": ""}, "by"),
        ({"at": timedelta(hours=1)}, "at"),
    ],
)
def test_bad_input_names_the_field(scene: Scene, changes: dict[str, Any], field: str) -> None:
    token = scene.token()
    given = {"reason": "rotated", "by": "ann@acme.example", "at": None} | changes
    if isinstance(given["at"], timedelta):
        given["at"] = scene.clock.now + given["at"]
    with pytest.raises(InvalidInput) as refusal:
        record_revocation(token=token, actor=ACTOR, now=scene.clock.now, **given)
    assert refusal.value.field == field
    token.refresh_from_db()
    assert token.state == "active"


def test_a_token_refused_long_after_a_recording_is_not_blamed_on_it(scene: Scene) -> None:
    meant = scene.token(company_name="Acme GmbH")
    later = scene.token(company_name="Acme GmbH")
    revoke(scene, meant)
    scene.sweep()
    scene.clock.advance(days=3)
    scene.probe(meant, later)
    scene.answer(later, "unauthorized")
    scene.clock.advance(hours=1)
    scene.probe(meant, later)
    assert secret_of(later).suspect_since is not None
    assert behind_contradiction(proof_of(meant)) == ()
