"""A rotated token goes by its place, or by what was chosen by hand for the old one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import ACTOR
from tests.probing.conftest import Scene
from tests.probing.test_rotation import rotate
from tokens.models import Token
from tokens.policy.book import PolicyFacts
from tokens.policy.settings import Rules
from tokens.services.assign_policy import assign_policy
from tokens.services.create_policy import create_policy

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


def policy(scene: Scene, name: str, days: int, scope: str = "") -> int:
    rules = Rules(rotate_days=days, thresholds=(7, 0))
    proposal = PolicyFacts(0, name, rules, scope=scope)
    return create_policy(proposal=proposal, actor=ACTOR, now=scene.clock.now).pk


def successor(scene: Scene, old: Token) -> tuple[Token, int]:
    """The new token, and in how many days it is due from its issue."""
    rotation = rotate(scene, old)
    new = Token.objects.get(pk=rotation.new_token_id)
    assert new.issued_at is not None
    return new, (new.due_at - new.issued_at) // timedelta(days=1)


def test_a_rotated_token_goes_by_its_place(scene: Scene) -> None:
    old = scene.token(scope="admin")
    admin = policy(scene, "Admin scope", 30, scope="admin")
    new, days = successor(scene, old)
    assert (new.policy_id, new.assigned_policy_id, days) == (admin, None, 30)


def test_a_choice_by_hand_goes_over_to_the_new_token(scene: Scene) -> None:
    old = scene.token(scope="admin")
    policy(scene, "Admin scope", 30, scope="admin")
    hand = policy(scene, "Legacy", 150)
    assign_policy(token_ids=[old.pk], policy=hand, actor=ACTOR, now=scene.clock.now)
    new, days = successor(scene, old)
    assert (new.policy_id, new.assigned_policy_id, days) == (hand, hand, 150)
