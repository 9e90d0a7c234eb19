"""The command for keys of scripts."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tokens.models import ApiKey, AuditEvent
from tokens.services.api_keys import authenticate_api_key

pytestmark = pytest.mark.django_db
Captured = pytest.CaptureFixture[str]


def ran(capsys: Captured, *words: str) -> dict[str, Any]:
    call_command("api_key", "--json", *words)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return answer


def test_create_list_revoke(capsys: Captured) -> None:
    made = ran(capsys, "create", "ci", "--may", "leaks", "--may", "export", "--days", "9")
    key = authenticate_api_key(plain=made["key"], now=timezone.now())
    assert key is not None
    assert made["permissions"] == ["export", "leaks", "view"]
    (listed,) = ran(capsys, "list")["keys"]
    assert (listed["id"], listed["standing"]) == (str(key.pk), "in force")
    assert made["key"] not in json.dumps(listed)
    assert ran(capsys, "revoke", str(key.pk))["standing"] == "revoked"
    assert authenticate_api_key(plain=made["key"], now=timezone.now()) is None
    actors = set(AuditEvent.objects.values_list("actor_kind", flat=True))
    assert actors == {"command"}


def test_a_new_key_stands_alone_on_standard_output(capsys: Captured) -> None:
    call_command("api_key", "create", "ci")
    printed = capsys.readouterr()
    assert printed.out.strip().startswith("ctgk_")
    assert len(printed.out.split()) == 1
    assert "cannot be shown again" in printed.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "ci", "--days", "0"], "days: must be 1 to 365"),
        (["create", " "], "name: must be"),
        (["revoke", "nonsense"], "ID: is no key's id"),
    ],
)
def test_bad_input_ends_with_two(words: list[str], said: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("api_key", *words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not ApiKey.objects.exists()
