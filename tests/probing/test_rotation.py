"""Rotation: the new value is probed before it is stored; the old token stays until then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.factories import make_account, make_token, token_value
from tests.probing.conftest import Scene
from tests.probing.test_sweep import secret_of
from tokens.audit import system
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Rotation, Token
from tokens.policy.days import midnight, utc_day
from tokens.services.intake.start import start_from_token
from tokens.services.intake.take_up import take_up_intake
from tokens.services.record_revocation import record_revocation
from tokens.services.rotation import (
    accept_unanswered,
    cancel,
    probe_candidates,
    start_rotation,
    submit_value,
)

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]
ACTOR = system("tests")


def rotate(
    scene: Scene, token: Token, mode: str = "valid", *, value: str = "", **seed: object
) -> Rotation:
    """Start, paste, let the worker ask."""
    value = value or token_value()
    scene.coolset.seed(value, mode, **seed)
    rotation = start_rotation(token=token, actor=ACTOR, now=scene.clock.now)
    submit_value(
        rotation=rotation,
        value=value,
        issued_at=_today(scene.clock.now),
        actor=ACTOR,
        now=scene.clock.now,
    )
    probe_candidates(clock=scene.clock)
    rotation.refresh_from_db()
    scene.values[rotation.new_token_id] = value
    return rotation


def _today(now: datetime) -> datetime:
    return midnight(utc_day(now))


def test_an_accepted_value_replaces_the_old_token(scene: Scene) -> None:
    old = scene.token(label="left", where="Vault /a", runbook_url="https://wiki.example/a")
    scene.sweep()
    scene.clock.advance(days=80)
    rotation = rotate(scene, old)
    old.refresh_from_db()
    new = Token.objects.get(pk=rotation.new_token_id)
    assert (rotation.status, rotation.sealed, rotation.fingerprint) == ("done", None, None)
    assert (old.state, old.replaced_at) == ("replaced", scene.clock.now)
    assert (new.state, new.replaces_id, new.label, new.where) == (
        "active",
        old.pk,
        "left",
        "Vault /a",
    )
    assert (secret_of(new).health, secret_of(new).last_accepted_at) == ("valid", scene.clock.now)
    assert new.due_at > old.due_at
    assert scene.sweep(hours=2).checked == 2, "the old one is watched"


def test_calls_of_ours_are_nobodys_use_when_it_was_pasted_before(scene: Scene) -> None:
    value, old = token_value(), scene.token()
    scene.coolset.seed(value, "valid")
    start_from_token(value=value, account=make_account(), now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    scene.clock.advance(minutes=5)
    rotation = start_rotation(token=old, actor=ACTOR, now=scene.clock.now)
    scene.coolset.set_mode(value, "503")
    rotation = rotate_again(scene, rotation, value)
    assert rotation.status == "inconclusive"
    scene.coolset.set_mode(value, "valid")
    rotation = rotate_again(scene, rotation, value)
    assert rotation.status == "done"
    assert secret_of(Token.objects.get(pk=rotation.new_token_id)).last_used_at is None


def rotate_again(scene: Scene, rotation: Rotation, value: str) -> Rotation:
    now = scene.clock.now
    submit_value(rotation=rotation, value=value, issued_at=_today(now), actor=ACTOR, now=now)
    probe_candidates(clock=scene.clock)
    rotation.refresh_from_db()
    return rotation


def test_json_403_is_accepted_with_a_warning(scene: Scene) -> None:
    rotation = rotate(scene, scene.token(), "forbidden")
    assert (rotation.status, rotation.warning) == ("done", "insufficient")
    assert secret_of(Token.objects.get(pk=rotation.new_token_id)).health == "insufficient"


@pytest.mark.parametrize(
    ("mode", "seed", "reason"),
    [
        ("unauthorized", {}, "unauthorized"),
        ("valid", {"config": {"workspace_id": 99}}, "other_company"),
        ("valid", {"workspaces": [{"workspace_id": 99, "id": 98}]}, "other_company"),
    ],
)
def test_a_refused_value_is_not_stored(
    scene: Scene, mode: str, seed: dict[str, Any], reason: str
) -> None:
    old = scene.token(workspace_id=7)
    rotation = rotate(scene, old, mode, **seed)
    old.refresh_from_db()
    assert (rotation.status, rotation.reason, rotation.sealed) == ("refused", reason, None)
    assert old.state == "active"
    assert Token.objects.count() == 1
    again = rotate(scene, old, config={"workspace_id": 7})
    assert (again.pk, again.status) == (rotation.pk, "done"), "the same guide goes on"


def test_no_answer_waits_for_a_tick_and_then_for_an_answer(scene: Scene) -> None:
    old = scene.token()
    rotation = rotate(scene, old, "503")
    assert rotation.status == "inconclusive"
    probe_candidates(clock=scene.clock)
    assert scene.coolset.calls(scene.values[rotation.new_token_id]) == 1, "a person decides first"
    accept_unanswered(rotation=rotation, actor=ACTOR, now=scene.clock.now)
    probe_candidates(clock=scene.clock)
    old.refresh_from_db()
    assert old.state == "active"
    scene.coolset.set_mode(scene.values[rotation.new_token_id], "valid")
    scene.clock.advance(hours=1)
    probe_candidates(clock=scene.clock)
    old.refresh_from_db()
    assert old.state == "replaced"


def test_a_known_value_is_refused_with_its_place(scene: Scene) -> None:
    old, other = scene.token(), scene.token()
    rotation = start_rotation(token=old, actor=ACTOR, now=scene.clock.now)
    for value in (scene.values[old.pk], scene.values[other.pk]):
        with pytest.raises(AlreadyKnown) as refusal:
            submit_value(
                rotation=rotation,
                value=value,
                issued_at=scene.clock.now,
                actor=ACTOR,
                now=scene.clock.now,
            )
        assert refusal.value.field == "token"
        assert value not in refusal.value.message
    assert str(other.company) in refusal.value.message


def test_a_replaced_value_never_comes_back(scene: Scene) -> None:
    old = scene.token()
    rotation = rotate(scene, old)
    new = Token.objects.get(pk=rotation.new_token_id)
    back = start_rotation(token=new, actor=ACTOR, now=scene.clock.now)
    with pytest.raises(AlreadyKnown):
        submit_value(
            rotation=back,
            value=scene.values[old.pk],
            issued_at=scene.clock.now,
            actor=ACTOR,
            now=scene.clock.now,
        )


def test_the_first_rotation_of_a_not_held_token_brings_the_value_in(scene: Scene) -> None:
    old = make_token(value=None, now=scene.clock.now)
    rotation = rotate(scene, old)
    assert rotation.status == "done"
    assert Token.objects.get(pk=rotation.new_token_id).sealed is not None


def test_a_value_pasted_again_replaces_the_one_in_question(scene: Scene) -> None:
    old = scene.token()
    rotation = rotate(scene, old, "503")
    second = rotate(scene, old, "valid")
    assert (second.pk, second.status) == (rotation.pk, "done")


def test_a_shape_that_cannot_be_a_token_is_refused(scene: Scene) -> None:
    rotation = start_rotation(token=scene.token(), actor=ACTOR, now=scene.clock.now)
    with pytest.raises(InvalidInput) as refusal:
        submit_value(
            rotation=rotation,
            value="short",
            issued_at=scene.clock.now,
            actor=ACTOR,
            now=scene.clock.now,
        )
    assert refusal.value.field == "token"


def test_cancel_forgets_the_value(scene: Scene) -> None:
    rotation = rotate(scene, scene.token(), "503")
    cancel(rotation=rotation, actor=ACTOR, now=scene.clock.now)
    rotation.refresh_from_db()
    assert (rotation.status, rotation.sealed) == ("cancelled", None)
    with pytest.raises(WrongState):
        cancel(rotation=rotation, actor=ACTOR, now=scene.clock.now)


def test_only_an_active_token_starts_one(scene: Scene) -> None:
    token = scene.token()
    record_revocation(
        token=token, reason="gone", by="a@b.example", actor=ACTOR, now=scene.clock.now
    )
    with pytest.raises(WrongState):
        start_rotation(token=token, actor=ACTOR, now=scene.clock.now)
