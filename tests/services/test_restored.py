"""After a restore: asked at once, but never early, and never taken for somebody else's use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import accepted
from tests.probing.conftest import Scene, scene  # noqa: F401 - the fixture
from tokens.models import Secret, Token
from tokens.models.base import new_id
from tokens.services.backup.restore import wake

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


def stored(token: Token) -> Secret:
    return Secret.objects.get(pk=token.secret_id)


def test_calls_of_the_lost_instance_are_nobodys_use(scene: Scene) -> None:  # noqa: F811
    token = scene.token(secret={"claim": new_id(), "claimed_until": scene.clock.now})
    for _ in range(4):  # that were made after the backup
        scene.probe(token)
        scene.clock.advance(minutes=9)
    as_backed_up = {"own_calls": [], "last_used_at": None, **accepted(scene.clock.now)}
    Secret.objects.filter(pk=token.secret_id).update(**as_backed_up)
    wake(now=scene.clock.now)
    assert stored(token).claim is None
    assert scene.sweep().checked == 1
    assert stored(token).last_used_at is None
    scene.clock.advance(hours=1.1)
    scene.foreign_use(token, 40)
    scene.sweep()
    assert stored(token).last_used_at == scene.clock.now


def test_what_waits_for_a_reset_goes_on_waiting(scene: Scene) -> None:  # noqa: F811
    until = scene.clock.now + timedelta(minutes=30)
    token = scene.token(secret={"throttled_until": until, "next_check_at": until})
    wake(now=scene.clock.now)
    assert scene.sweep().checked == 0
    assert scene.sweep(minutes=31).checked == 1
    assert scene.calls(token) == 1
