"""validate_tokens from the command line: which tokens, and what is counted."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from tests.probing.conftest import Scene

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
