"""Preferences, snoozes, second contacts and addresses that mail does not reach, on their pages."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_person, make_token
from tokens.models import (
    AuditEvent,
    Integration,
    Mail,
    MailPreference,
    Person,
    RefusedAddress,
    Snooze,
    Token,
)
from tokens.policy.days import midnight, utc_day
from tokens.services.compromise import mark_compromised
from tokens.services.remind import plan_reminders
from tokens.web import outbox_retry

pytestmark = pytest.mark.django_db

OWNER = "owner@acme.example"
WEEKLY = {"digest": "weekly", "weekday": "4", "quiet": ["5", "6"], "time_zone": "Europe/Amsterdam"}


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def due_in(days: int, **fields: Any) -> Token:
    now = timezone.now()
    issued = midnight(utc_day(now) + timedelta(days=days - 90))
    return make_token(issued_at=issued, now=max(issued, now - timedelta(days=80)), **fields)


def token_due_in(days: int, **fields: Any) -> Token:
    return due_in(days, owner_email=OWNER, **fields)


def test_own_preferences_are_kept_shown_and_undone(as_auditor: Client) -> None:
    before = page(as_auditor, "/preferences/")
    assert "Nothing is chosen" in before
    assert 'href="/preferences/"' in before
    answer = as_auditor.post("/preferences/", WEEKLY)
    assert answer["Location"] == "/preferences/"
    row = MailPreference.objects.get(email="otto@acme.example")
    assert (row.digest, row.weekday, row.quiet_days, row.time_zone) == (
        "weekly",
        4,
        0b1100000,
        "Europe/Amsterdam",
    )
    after = page(as_auditor, "/preferences/")
    assert "07:00 in Europe/Amsterdam" in after
    (entry,) = AuditEvent.objects.filter(kind="preference.changed")
    assert entry.actor_name == "otto@acme.example"
    assert json.loads(entry.data)["new"] == [
        "weekly",
        "Friday",
        "Saturday, Sunday",
        "Europe/Amsterdam",
    ]
    as_auditor.post("/preferences/", {"digest": "none", "weekday": "0", "time_zone": ""})
    assert not MailPreference.objects.exists()
    assert "Nothing is chosen" in page(as_auditor, "/preferences/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quiet": ["0", "1", "2", "3", "4", "5", "6"]}, "Must leave a day"),
        ({"weekday": "5"}, "Is a quiet day: choose another for the digest."),
        ({"time_zone": "Mars/Olympus"}, "Choose one of the list."),
        ({"digest": "hourly"}, "Choose one of the list."),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    as_administrator: Client, changes: dict[str, Any], words: str
) -> None:
    answer = as_administrator.post("/preferences/", WEEKLY | changes)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not MailPreference.objects.exists()


def test_administrators_set_them_for_a_person_and_auditors_only_look(
    as_administrator: Client, as_auditor: Client
) -> None:
    token_due_in(60)
    person = Person.objects.get(email=OWNER)
    address = f"/people/{person.pk}/preferences/"
    assert f'href="{address}"' in page(as_auditor, f"/people/{person.pk}/")
    assert "Save" not in page(as_auditor, address)
    assert as_auditor.post(address, WEEKLY).status_code == 403
    as_administrator.post(address, WEEKLY)
    assert MailPreference.objects.get().email == OWNER
    assert AuditEvent.objects.get(kind="preference.changed").subject_id == str(person.pk)


def test_who_will_be_told_next_and_what_holds_it_back(as_administrator: Client) -> None:
    token = token_due_in(0)
    other = (utc_day(timezone.now()).weekday() + 3) % 7
    quiet = [day for day in range(7) if day != other]
    Integration.objects.update(second_contact=make_person("second@acme.example"))
    RefusedAddress.objects.create(
        email="second@acme.example",
        since=timezone.now(),
        last_at=timezone.now(),
        problem="address_refused",
    )
    person = Person.objects.get(email=OWNER)
    as_administrator.post(
        f"/people/{person.pk}/preferences/",
        {"digest": "none", "weekday": "0", "quiet": quiet, "time_zone": ""},
    )
    text = page(as_administrator, f"/tokens/{token.pk}/")
    for words in (
        "Who will be told next",
        "the due day",
        "owns it",
        "second contact of its integration",
        "Held back as they prefer, until",
        "The mail server refuses this address",
    ):
        assert words in text
    plan_reminders(now=timezone.now())
    assert "held back as they prefer until" in page(as_administrator, f"/tokens/{token.pk}/")
    assert "held back as its reader prefers until" in page(as_administrator, "/outbox/")


def test_snoozing_changing_and_ending_it(as_administrator: Client, as_auditor: Client) -> None:
    token = token_due_in(5)
    here, today = f"/tokens/{token.pk}/", utc_day(timezone.now())
    assert f'href="{here}snooze/"' in page(as_administrator, here)
    assert f'href="{here}snooze/"' not in page(as_auditor, here)
    until = today + timedelta(days=3)
    data = {"until": until.isoformat(), "reason": "waits for a release"}
    assert as_auditor.post(f"{here}snooze/", data).status_code == 403
    assert as_administrator.post(f"{here}snooze/", data)["Location"] == here
    shown = page(as_auditor, here)
    assert "ada@acme.example put them off: waits for a release" in shown
    assert "End the snooze" not in shown
    assert "reminders snoozed until" in page(as_administrator, "/")
    assert Token.objects.get().snoozed_until == until
    (entry,) = AuditEvent.objects.filter(kind="token.snoozed")
    assert json.loads(entry.data)["until"] == until.isoformat()
    later = {"until": (until + timedelta(days=1)).isoformat(), "reason": "still waits"}
    as_administrator.post(f"{here}snooze/", later)
    assert Snooze.objects.filter(ended_at__isnull=True).get().reason == "still waits"
    assert Snooze.objects.filter(ended_by="ada@acme.example").count() == 1
    as_administrator.post(f"{here}snooze/end/")
    assert Token.objects.get().snoozed_until is None
    assert AuditEvent.objects.filter(kind="token.snooze_ended").count() == 1
    again = as_administrator.post(f"{here}snooze/end/", follow=True)
    assert "Its reminders are not snoozed." in again.content.decode()


@pytest.mark.parametrize(
    ("left", "ahead", "reason", "words"),
    [
        (5, -1, "x", "Lies in the past (UTC)."),
        (5, 13, "x", "at the latest."),
        (60, 31, "x", "at the latest."),
        (-3, 8, "x", "at the latest."),
        (5, 2, "", "This field is required."),
    ],
)
def test_a_snooze_that_is_too_long_or_says_no_reason(
    as_administrator: Client, left: int, ahead: int, reason: str, words: str
) -> None:
    token = token_due_in(left)
    until = utc_day(timezone.now()) + timedelta(days=ahead)
    answer = as_administrator.post(
        f"/tokens/{token.pk}/snooze/", {"until": until.isoformat(), "reason": reason}
    )
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Snooze.objects.exists()


def test_who_was_replaced_meanwhile_is_not_called_snoozed(as_administrator: Client) -> None:
    token = token_due_in(5)
    until = utc_day(timezone.now()) + timedelta(days=3)
    data = {"until": until.isoformat(), "reason": "x"}
    as_administrator.post(f"/tokens/{token.pk}/snooze/", data)
    past = timezone.now() - timedelta(days=30)
    Token.objects.update(state="replaced", replaced_at=past)
    assert "put them off" not in page(as_administrator, f"/tokens/{token.pk}/")
    assert "snoozed" not in page(as_administrator, "/")


def test_compromise_ends_a_snooze_and_allows_none(as_administrator: Client) -> None:
    token = token_due_in(5)
    until = utc_day(timezone.now()) + timedelta(days=3)
    data = {"until": until.isoformat(), "reason": "x"}
    as_administrator.post(f"/tokens/{token.pk}/snooze/", data)
    mark_compromised(
        token=token, reason="found", by="ada@acme.example", actor=ACTOR, now=timezone.now()
    )
    assert Token.objects.get().snoozed_until is None
    assert Snooze.objects.get().ended_at is not None
    as_administrator.post(f"/tokens/{token.pk}/snooze/", data)
    assert Token.objects.get().snoozed_until is None
    assert "It is compromised" in page(as_administrator, f"/tokens/{token.pk}/snooze/")


def test_the_second_contact_is_set_with_the_integration(as_administrator: Client) -> None:
    token = token_due_in(60)
    edit = f"/integrations/{token.integration_id}/edit/"
    data = {"name": token.integration.name, "second_contact_email": "Second@acme.example"}
    as_administrator.post(edit, data)
    assert "second@acme.example is its second contact." in page(
        as_administrator, f"/integrations/{token.integration_id}/"
    )
    assert 'value="second@acme.example"' in page(as_administrator, edit)
    assert "second@acme.example" in page(as_administrator, "/people/")
    second = Person.objects.get(email="second@acme.example")
    theirs = page(as_administrator, f"/people/{second.pk}/")
    assert f'Second contact of <a href="/integrations/{token.integration_id}/"' in theirs
    wrong = as_administrator.post(edit, data | {"second_contact_email": "nobody"})
    assert wrong.status_code == 400
    as_administrator.post(edit, data | {"second_contact_email": ""})
    assert Integration.objects.get().second_contact is None


def test_an_address_that_mail_does_not_reach(
    as_administrator: Client, as_auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(outbox_retry, "wake_worker", woken.append)
    now = timezone.now()
    token_due_in(5)
    person = Person.objects.get(email=OWNER)
    Mail.objects.create(
        recipient=OWNER,
        kind="reminder",
        message_id="<1@x>",
        created_at=now,
        status="refused",
        last_problem="address_refused",
        next_attempt_at=now + timedelta(days=1),
    )
    RefusedAddress.objects.create(
        email=OWNER, since=now - timedelta(days=2), last_at=now, problem="address_refused"
    )
    assert f"The mail server refuses {OWNER}" in page(as_administrator, "/")
    assert "mail does not arrive" in page(as_administrator, "/people/")
    assert "Mail does not reach this address." in page(as_auditor, f"/people/{person.pk}/")
    assert "Try again" not in page(as_auditor, "/outbox/")
    assert "Try again" in page(as_administrator, "/outbox/")
    assert as_auditor.post("/outbox/retry/", {"address": OWNER}).status_code == 403
    said = as_administrator.post("/outbox/retry/", {"address": OWNER}, follow=True)
    assert "1 mail goes out now" in said.content.decode()
    assert woken == ["tokens.deliver"]
    assert (Mail.objects.get().status, Mail.objects.get().next_attempt_at) == ("queued", None)
    assert not RefusedAddress.objects.exists()
    assert json.loads(AuditEvent.objects.get(kind="mail.tried_again").data)["address"] == OWNER
    gone = as_administrator.post("/outbox/retry/", {"address": OWNER}, follow=True)
    assert "does not refuse this address" in gone.content.decode()


def test_an_address_that_nobody_would_mail_is_no_banner(as_administrator: Client) -> None:
    now = timezone.now()
    RefusedAddress.objects.create(
        email="old@acme.example", since=now, last_at=now, problem="address_refused"
    )
    assert "Reminders do not reach everybody" not in page(as_administrator, "/")
    assert "nobody would mail it any more" in page(as_administrator, "/outbox/")
    said = as_administrator.post("/outbox/retry/", {"address": "old@acme.example"}, follow=True)
    assert "Nothing waits for it" in said.content.decode()
