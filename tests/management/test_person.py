"""The command for people who leave, as somebody calls it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_token
from tokens.models import AuditEvent, Person
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
ANNA = "anna@acme.example"


@pytest.fixture
def anna() -> Person:
    make_token(owner_email=ANNA, created_by_email=ANNA)
    return Person.objects.get(email=ANNA)


def test_leaving_left_and_staying(anna: Person, capsys: pytest.CaptureFixture[str]) -> None:
    today = utc_day(timezone.now())
    later = today + timedelta(days=9)
    for words, leaving_on, left_on in (
        (("--leaving-on", str(later)), later, None),
        (("--left", str(today)), None, today),
        (("--stays",), None, None),
    ):
        call_command("person", "Anna@Acme.example", *words, "--json")
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (said["owned"], said["created"]) == (1, 1)
        assert said["leaving_on"] == (str(leaving_on) if leaving_on else None)
        anna.refresh_from_db()
        assert (anna.leaving_on, anna.left_on) == (leaving_on, left_on)
    entry = AuditEvent.objects.filter(kind="person.leaving_changed").first()
    assert entry is not None
    assert entry.actor_kind == "command"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zoe@acme.example", "--stays"), "EMAIL: owns and created no token"),
        (("no address", "--stays"), "EMAIL:"),
        ((ANNA, "--left", "12.12.2026"), "--left: is not a date"),
        ((ANNA, "--leaving-on", "2020-01-01"), "leaving_on: is over"),
        ((ANNA, "--left", "2999-01-01"), "left_on: is still to come"),
    ],
)
def test_what_is_wrong_is_said(
    anna: Person, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("person", *arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not AuditEvent.objects.filter(kind="person.leaving_changed").exists()
