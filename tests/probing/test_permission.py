"""Answers that go from 200 to 403, and workspaces that are closed, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.probing.conftest import Scene
from tests.stand_in.answers import workspace
from tokens.models import AuditEvent, Company, Secret, Token
from tokens.policy.settings import DEFAULT
from tokens.selectors.facts import one

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


def lost_at(token: Token) -> Any:
    return Secret.objects.get(pk=token.secret_id).permission_lost_at


def flags(scene: Scene, token: Token) -> tuple[str, ...]:
    row = one(token.pk, DEFAULT, scene.clock.now)
    assert row is not None
    return row.flags


def test_403_after_200_is_a_lost_permission_until_200_comes_back(scene: Scene) -> None:
    token = scene.token()
    scene.sweep()
    assert lost_at(token) is None
    scene.answer(token, "forbidden")
    scene.sweep(hours=2)
    began = scene.clock.now
    assert lost_at(token) == began
    assert "permission_changed" in flags(scene, token)
    # It stays since then, whatever brings no answer or the same one again.
    for mode in ("html403", "503", "forbidden"):
        scene.answer(token, mode)
        scene.clock.advance(hours=2)
        scene.probe(token)
        assert lost_at(token) == began
    scene.answer(token, "valid")
    scene.sweep(hours=2)
    assert lost_at(token) is None
    assert "permission_changed" not in flags(scene, token)


def test_403_from_the_start_is_no_change(scene: Scene) -> None:
    token = scene.token("forbidden")
    scene.sweep()
    assert lost_at(token) is None
    assert flags(scene, token) == ("insufficient",)


def listed(scene: Scene, kind: object, *, number: int = 7) -> Token:
    rows = [{**workspace(number, "Renamed there"), "type": kind}, workspace(8, "Another")]
    return scene.token(seed={"workspaces": rows}, workspace_id=7, company_name="Acme GmbH")


def test_an_inactive_workspace_is_written_audited_and_flagged(scene: Scene) -> None:
    token = listed(scene, "Inactive")
    scene.sweep()
    assert Company.objects.get().workspace_type == "inactive"
    assert "workspace_inactive" in flags(scene, token)
    entry = AuditEvent.objects.get(kind="company.edited")
    assert '"workspace_type"' in entry.data
    scene.sweep(days=8)
    assert AuditEvent.objects.filter(kind="company.edited").count() == 1


@pytest.mark.parametrize("kind", [None, 3, ["inactive"], "closed for good", "archived", "x" * 999])
def test_a_type_that_is_not_documented_says_nothing(scene: Scene, kind: object) -> None:
    listed(scene, kind)
    scene.sweep()
    assert Company.objects.get().workspace_type == ""


def test_the_type_of_another_workspace_is_not_ours(scene: Scene) -> None:
    listed(scene, "inactive", number=9)
    scene.sweep()
    assert Company.objects.get().workspace_type == ""
