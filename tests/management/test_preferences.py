"""The commands for preferences and snoozes, as somebody calls them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_token
from tokens.models import AuditEvent, MailPreference, Token
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
ANNA = "anna@acme.example"


def call(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    call_command(*words, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command(*words)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_what_is_given_changes_and_the_rest_stays(capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "preferences", ANNA)
    assert shown == {
        "email": ANNA,
        "digest": "none",
        "weekday": None,
        "quiet_days": [],
        "zone": "UTC",
    }
    assert not MailPreference.objects.exists()
    said = call(
        capsys, "preferences", "Anna@Acme.example", "--digest", "weekly", "--weekday", "fri"
    )
    assert (said["digest"], said["weekday"]) == ("weekly", "fri")
    said = call(capsys, "preferences", ANNA, "--quiet-days", "sat,Sunday")
    assert (said["weekday"], said["quiet_days"]) == ("fri", ["sat", "sun"])
    said = call(capsys, "preferences", ANNA, "--zone", "Europe/Amsterdam")
    assert said["zone"] == "Europe/Amsterdam"
    call_command("preferences", ANNA)
    words = capsys.readouterr().out
    assert "on Fridays, not on Saturday, Sunday, from 07:00 in Europe/Amsterdam on." in words
    entry = AuditEvent.objects.filter(kind="preference.changed").first()
    assert entry is not None
    assert entry.actor_kind == "command"
    call(capsys, "preferences", ANNA, "--digest", "none", "--quiet-days", "", "--zone", "")
    assert not MailPreference.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "EMAIL:"),
        ((ANNA, "--digest", "hourly"), "digest: must be one of"),
        ((ANNA, "--weekday", "noday"), "--weekday: is not a day"),
        ((ANNA, "--quiet-days", "mon,noday"), "--quiet-days: is not a day"),
        ((ANNA, "--quiet-days", "mon,tue,wed,thu,fri,sat,sun"), "quiet: must leave a day"),
        ((ANNA, "--zone", "Mars/Olympus"), "time_zone: is not known"),
    ],
)
def test_bad_input(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, "preferences", *words)
    assert not MailPreference.objects.exists()


def test_a_snooze_and_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    token = make_token(now=timezone.now())
    until = utc_day(timezone.now()) + timedelta(days=2)
    done = call(capsys, "snooze", str(token.pk), "--until", str(until), "--reason", "waits")
    assert done == {"id": str(token.pk), "until": str(until)}
    assert Token.objects.get().snoozed_until == until
    call(capsys, "snooze", str(token.pk), "--end")
    assert Token.objects.get().snoozed_until is None


def test_a_snooze_that_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    token = make_token(now=timezone.now())
    until = str(utc_day(timezone.now()) + timedelta(days=2))
    assert "reason: is required" in refused(capsys, "snooze", str(token.pk), "--until", until)
    soon = refused(capsys, "snooze", str(token.pk), "--until", "soon", "--reason", "x")
    assert "--until: is not a date" in soon
    assert "not snoozed" in refused(capsys, "snooze", str(token.pk), "--end")
    assert "ID:" in refused(capsys, "snooze", "17", "--end")
