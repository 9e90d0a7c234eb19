"""The command `exception`, from asking to the end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_account, make_token
from tokens.models import AuditEvent, ExceptedFlag, PolicyException, Token
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
ADA, BOB = "ada@acme.example", "bob@acme.example"


@pytest.fixture
def token() -> Token:
    make_account(BOB)
    return make_token()


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    call_command("exception", *map(str, words), "--json")
    said: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def until(days: int = 20) -> str:
    return (utc_day(timezone.now()) + timedelta(days=days)).isoformat()


def ask(capsys: pytest.CaptureFixture[str], token: Token, **more: str) -> dict[str, Any]:
    given = {"--reason": "x", "--until": until(), "--by": ADA, "--flag": "overdue", **more}
    return run(capsys, "ask", token.pk, *(word for pair in given.items() for word in pair))


def fails(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit) as end:
        call_command("exception", *map(str, words))
    assert end.value.code == 2
    return capsys.readouterr().err


def test_the_whole_way(capsys: pytest.CaptureFixture[str], token: Token) -> None:
    made = ask(capsys, token)
    assert (made["standing"], made["sent"]) == ("waiting", 1)
    assert [each["id"] for each in run(capsys, "list")["exceptions"]] == [made["id"]]
    assert run(capsys, "approve", made["id"], "--by", BOB)["standing"] == "in_force"
    assert ExceptedFlag.objects.count() == 1
    assert run(capsys, "end", made["id"], "--by", BOB)["standing"] == "closed"
    assert run(capsys, "list")["exceptions"] == []
    actors = set(AuditEvent.objects.filter(kind__startswith="exc").values_list("actor_kind"))
    assert actors == {("command",)}


def test_refused_and_withdrawn(capsys: pytest.CaptureFixture[str], token: Token) -> None:
    made = ask(capsys, token)
    said = run(capsys, "refuse", made["id"], "--by", BOB, "--reason", "No.")
    assert said["standing"] == "refused"
    again = ask(capsys, token)
    assert run(capsys, "withdraw", again["id"], "--by", ADA)["standing"] == "withdrawn"


def test_the_asserted_people_have_to_be_two(
    capsys: pytest.CaptureFixture[str], token: Token
) -> None:
    made = ask(capsys, token, **{"--by": BOB})
    assert "somebody else must" in fails(capsys, "approve", made["id"], "--by", BOB)
    assert "Only an administrator" in fails(capsys, "approve", made["id"], "--by", ADA)
    assert PolicyException.objects.get().decision == "asked"


def test_bad_input_names_the_field(capsys: pytest.CaptureFixture[str], token: Token) -> None:
    common = ("--reason", "x", "--by", ADA, "--flag", "overdue")
    assert fails(capsys, "ask", token.pk, *common, "--until", "soon").startswith("--until: ")
    assert fails(capsys, "ask", "x", *common, "--until", until()).startswith("TOKEN: ")
    assert fails(capsys, "ask", token.pk, *common, "--until", until(999)).startswith("ends_on: ")
    assert fails(capsys, "approve", "x", "--by", BOB).startswith("ID: ")
    assert fails(capsys, "end", token.pk, "--by", BOB) == "ID: is not known\n"
