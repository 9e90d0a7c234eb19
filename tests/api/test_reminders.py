"""Who is told next and so far, and snoozing, over the API."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_person
from tokens.models import AuditEvent, Integration, Token
from tokens.policy.days import midnight, utc_day
from tokens.services.preferences import set_preference
from tokens.services.remind import plan_reminders


@pytest.fixture
def due(token: Token) -> Token:
    """It is due in three days."""
    day = midnight(utc_day(timezone.now()) + timedelta(days=3))
    Token.objects.filter(pk=token.pk).update(due_at=day, remind_at=None)
    token.refresh_from_db()
    return token


def at(token: Token, what: str = "reminders") -> str:
    return f"/api/v1/tokens/{token.pk}/{what}/"


def test_who_is_told_next_and_was_told(auditor: APIClient, due: Token) -> None:
    Integration.objects.update(second_contact=make_person("second@acme.example"))
    found = auditor.get(at(due)).json()
    assert found["token"] == str(due.pk)
    assert (found["next"]["on"], found["next"]["threshold"]) == (
        utc_day(timezone.now()).isoformat(),
        7,
    )
    assert [(each["email"], each["why"]) for each in found["next"]["readers"]] == [
        (due.owner.email if due.owner else "", "owner"),
        ("second@acme.example", "second_contact"),
    ]
    assert (found["past"], found["snooze"]) == ([], None)
    assert due.owner is not None
    weekday = (utc_day(timezone.now()).weekday() + 3) % 7
    set_preference(
        email=due.owner.email,
        digest="weekly",
        weekday=weekday,
        quiet=(),
        time_zone="",
        actor=ACTOR,
        now=timezone.now(),
    )
    plan_reminders(now=timezone.now())
    found = auditor.get(at(due)).json()
    owner = next(each for each in found["next"]["readers"] if each["why"] == "owner")
    assert owner["held"]
    held = next(each for each in found["past"] if each["recipient"] == due.owner.email)
    assert held["held_until"] == owner["mailed_from"]
    assert held["status"] == "queued"


def test_a_snooze_is_begun_and_ended(admin: APIClient, auditor: APIClient, due: Token) -> None:
    until = (utc_day(timezone.now()) + timedelta(days=2)).isoformat()
    body = {"until": until, "reason": "waits for a release"}
    assert auditor.post(at(due, "snooze"), body, format="json").status_code == 403
    answer = admin.post(at(due, "snooze"), body, format="json")
    assert answer.status_code == 201
    assert answer.json()["snooze"]["reason"] == "waits for a release"
    assert answer.json()["next"]["on"] > until
    assert AuditEvent.objects.filter(kind="token.snoozed").count() == 1
    assert admin.delete(at(due, "snooze")).status_code == 204
    assert auditor.get(at(due)).json()["snooze"] is None
    again = admin.delete(at(due, "snooze"))
    assert again.status_code == 409
    assert "not snoozed" in again.json()["detail"]


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (None, "x", "until"),
        (2, "", "reason"),
        (11, "x", "until"),
        (-1, "x", "until"),
        ("soon", "x", "until"),
    ],
)
def test_what_is_refused_names_its_field(
    admin: APIClient, due: Token, until: int | str | None, reason: str, field: str
) -> None:
    day = until
    if isinstance(until, int):
        day = (utc_day(timezone.now()) + timedelta(days=until)).isoformat()
    answer = admin.post(at(due, "snooze"), {"until": day, "reason": reason}, format="json")
    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert "soon" not in answer.content.decode()
    assert "detail" in answer.json()


def test_nobody_else_s_token(key: APIClient, anonymous: APIClient, due: Token) -> None:
    assert key.get(at(due)).status_code == 403
    assert key.post(at(due, "snooze"), {}, format="json").status_code == 403
    assert anonymous.get(at(due)).status_code in {401, 403}


def test_the_list_of_integrations_names_second_contacts(auditor: APIClient, due: Token) -> None:
    Integration.objects.update(second_contact=make_person("second@acme.example"))
    (one,) = auditor.get("/api/v1/integrations/").json()["results"]
    assert one["second_contact_email"] == "second@acme.example"


def test_a_second_contact_is_named_and_taken_away(
    admin: APIClient, auditor: APIClient, key: APIClient, due: Token
) -> None:
    address = f"/api/v1/integrations/{due.integration_id}/second-contact/"
    assert auditor.get(address).json() == {"email": ""}
    body = {"email": "Second@acme.example"}
    assert auditor.put(address, body, format="json").status_code == 403
    assert key.put(address, body, format="json").status_code == 403
    assert admin.put(address, body, format="json").json() == {"email": "second@acme.example"}
    told = auditor.get(at(due)).json()["next"]["readers"]
    assert [each["why"] for each in told] == ["owner", "second_contact"]
    wrong = admin.put(address, {"email": "nobody"}, format="json")
    assert wrong.status_code == 400
    assert "email" in wrong.content.decode()
    assert "nobody" not in wrong.content.decode()
    assert admin.put(address, {"e-mail": ""}, format="json").status_code == 400
    assert admin.put(address, {"email": ""}, format="json").json() == {"email": ""}
    elsewhere = "/api/v1/integrations/00000000-0000-7000-8000-000000000000/second-contact/"
    assert admin.get(elsewhere).status_code == 404
    entries = AuditEvent.objects.filter(kind="integration.edited")
    assert [json.loads(each.data)["fields"] for each in entries] == [["second_contact"]] * 2
