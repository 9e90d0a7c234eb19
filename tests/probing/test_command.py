"""validate_tokens from the command line: which tokens, and what is counted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.probing.conftest import Scene
from tests.probing.test_rotation import ACTOR, rotate
from tokens.models import Rotation, Token
from tokens.services.rotation import accept_unanswered

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]


@pytest.mark.parametrize("once", [True, False])
def test_several_ids_after_one_option_or_several(
    scene: Scene, once: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    works, lacks, other = scene.token(), scene.token("forbidden"), scene.token()
    ids = [str(works.pk), str(lacks.pk)]
    chosen = ["--id", *ids] if once else ["--id", ids[0], "--id", ids[1]]
    call_command("validate_tokens", *chosen, "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["checked"], answer["valid"], answer["insufficient"]) == (2, 1, 1)
    assert scene.calls(other) == 0


def test_all_asks_about_a_value_that_waits_in_a_rotation_and_due_does_not(scene: Scene) -> None:
    old = scene.token()
    rotation = rotate(scene, old, "503")
    accept_unanswered(rotation=rotation, actor=ACTOR, now=scene.clock.now)
    later = timezone.now() + timedelta(hours=1)
    Rotation.objects.update(next_check_at=later)
    scene.coolset.set_mode(scene.values[rotation.new_token_id], "valid")
    call_command("validate_tokens", "--due")
    assert Token.objects.get(pk=old.pk).state == "active"
    Rotation.objects.update(last_outcome="throttled")
    call_command("validate_tokens", "--all")
    assert Token.objects.get(pk=old.pk).state == "active", "it waits for a rate limit's reset"
    Rotation.objects.update(last_outcome="unusable")
    call_command("validate_tokens", "--all")
    assert Token.objects.get(pk=old.pk).state == "replaced"


def test_what_no_key_opens_is_work_left_undone(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = scene.token(), scene.token()
    Token.objects.filter(pk=bad.pk).update(key_id="gone")
    with pytest.raises(SystemExit) as ended:
        call_command("validate_tokens", "--all", "--json")
    shown = capsys.readouterr()
    answer = json.loads(shown.out.splitlines()[-1])
    assert ended.value.code == 1
    assert (answer["checked"], answer["valid"], answer["inconclusive"]) == (2, 1, 1)
    assert answer["unreadable"] == 1
    assert "TOKEN_KEYS" in shown.err
    assert scene.calls(good) == 1
