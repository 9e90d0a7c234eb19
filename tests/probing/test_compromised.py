"""The whole way of a leaked value: found, recorded, rotated, revoked, proved, and off the list."""

from __future__ import annotations

import io

import pytest

from tests.probing.conftest import Scene
from tests.probing.test_rotation import rotate
from tokens.audit import system, verify
from tokens.models import AuditEvent, Company, Compromise, Mail, Rotation, Token
from tokens.policy.settings import DEFAULT
from tokens.policy.todo import Kind
from tokens.selectors.compromise import lines
from tokens.selectors.facts import one
from tokens.selectors.story import story
from tokens.selectors.todo import todo
from tokens.services.compromise import mark_compromised, tick_compromise
from tokens.services.deliver import deliver_alerts
from tokens.services.record_revocation import record_revocation
from tokens.services.scan_leaks import scan_leaks

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]
ACTOR = system("tests")
BY = "ann@acme.example"


def kinds(scene: Scene) -> list[Kind]:
    Company.objects.update(reconciled_at=scene.clock.now)
    return [task.kind for task in todo(DEFAULT, scene.clock.now).tasks]


def standings() -> list[str]:
    return [line.item.standing for line in lines(Compromise.objects.get())]


def flags(token: Token, scene: Scene) -> tuple[str, ...]:
    row = one(token.pk, DEFAULT, scene.clock.now)
    assert row is not None
    return row.flags


def test_from_the_find_to_the_proof(scene: Scene, administrators: list[str]) -> None:
    token, witness = scene.token(), scene.token()
    scene.sweep()
    value = scene.values[token.pk]
    log = io.BytesIO(f"GET /orders Authorization: Bearer {value}\n".encode())
    scan = scan_leaks(paths=[], stream=log, actor=ACTOR, now=scene.clock.now)
    assert [leak.tokens for leak in scan.leaks] == [(token,)]

    scene.clock.advance(minutes=5)
    mark_compromised(token=token, reason="In a log", by=BY, actor=ACTOR, now=scene.clock.now)
    calls = scene.calls(token)
    scene.sweep()
    assert scene.calls(token) == calls + 1, "Coolset is asked at once"
    assert deliver_alerts(now=scene.clock.now).sent == 3
    assert set(Mail.objects.values_list("status", flat=True)) == {"sent"}
    assert kinds(scene) == [Kind.COMPROMISED]
    assert standings() == ["current", "later", "later", "later", "later", "later"]

    rotation = rotate(scene, token)
    assert flags(token, scene) == ("compromised",)
    assert flags(Token.objects.get(pk=rotation.new_token_id), scene) == ()
    assert kinds(scene) == [Kind.COMPROMISED]
    Rotation.objects.update(deployed_at=scene.clock.now)
    assert standings() == ["done", "done", "current", "later", "later", "later"]

    scene.answer(token, "unauthorized")
    token.refresh_from_db()
    record_revocation(token=token, reason="leaked", by=BY, actor=ACTOR, now=scene.clock.now)
    assert standings() == ["done", "done", "done", "done", "current", "later"]
    assert (flags(token, scene), kinds(scene)) == ((), [])
    scene.sweep()
    scene.clock.advance(seconds=301)
    scene.probe(token, witness)
    tick_compromise(token=token, step="look", actor=ACTOR, now=scene.clock.now)
    assert standings() == ["done"] * 6

    told = [item.what for item in story(token, scene.clock.now)]
    for words in (
        "Token found in a scan for leaks",
        "Token compromised",
        "Alert mailed: compromised, rotate and revoke it now",
        "Revocation confirmed",
        "Step after a compromise",
    ):
        assert words in told
    assert verify().ok
    assert not any(value in data for data in AuditEvent.objects.values_list("data", flat=True))


def test_an_alert_that_is_over_is_not_sent(scene: Scene, administrators: list[str]) -> None:
    token = scene.token()
    mark_compromised(token=token, reason="In a chat", by=BY, actor=ACTOR, now=scene.clock.now)
    record_revocation(token=token, reason="leaked", by=BY, actor=ACTOR, now=scene.clock.now)
    assert deliver_alerts(now=scene.clock.now).sent == 0
    assert set(Mail.objects.values_list("status", flat=True)) == {"cancelled"}


def test_an_alert_follows_a_new_owner(scene: Scene) -> None:
    token = scene.token(owner_email="old@acme.example")
    mark_compromised(token=token, reason="In a chat", by=BY, actor=ACTOR, now=scene.clock.now)
    Token.objects.filter(pk=token.pk).update(
        owner=scene.token(owner_email="new@acme.example").owner
    )
    deliver_alerts(now=scene.clock.now)
    deliver_alerts(now=scene.clock.now)
    sent = Mail.objects.filter(status="sent").values_list("recipient", flat=True)
    assert list(sent) == ["new@acme.example"]
