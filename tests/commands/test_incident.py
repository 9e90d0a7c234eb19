"""Incidents from the command line: listed, and a hold ended by hand."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command

from tokens.models import AuditEvent, Incident

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


def ran(capsys: Captured, act: str) -> dict[str, Any]:
    call_command("incident", act, "--json")
    answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return answer


def test_an_open_hold_is_listed_and_ended(capsys: Captured) -> None:
    incident = Incident.objects.create(begun_at=AT, last_bad_at=AT, watched=12, bad=9)
    (listed,) = ran(capsys, "list")["incidents"]
    assert (listed["id"], listed["bad"], listed["ended_at"]) == (str(incident.pk), 9, None)
    assert ran(capsys, "end")["ended_by"].startswith("command line, OS user ")
    incident.refresh_from_db()
    assert incident.ended_at is not None
    assert AuditEvent.objects.get(kind="incident.ended").actor_kind == "command"
    call_command("incident", "list")
    assert "9 of 12 tokens, ended " in capsys.readouterr().out


def test_nothing_to_end_is_bad_input(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("incident", "end")
    assert ended.value.code == 2
    assert "No hold is open" in capsys.readouterr().err
    call_command("incident", "list")
    assert "There was no incident" in capsys.readouterr().out
