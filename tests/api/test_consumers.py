"""Consumers and the checklist of a replaced token over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_integration, make_token, token_value
from tokens.models import Consumer, ConsumerSwitch, Token, Usage


@pytest.fixture
def replaced(db: Any) -> Token:
    at = timezone.now() - timedelta(days=1)
    token = make_token(row={"state": "replaced", "replaced_at": at})
    make_token(integration=token.integration, company=token.company, row={"replaces": token})
    return token


def consumers(token: Token) -> str:
    return f"/api/v1/integrations/{token.integration_id}/consumers/"


def answer(token: Token) -> str:
    return f"/api/v1/tokens/{token.pk}/safe_to_revoke/"


def test_recorded_ticked_and_answered(admin: APIClient, replaced: Token) -> None:
    made = admin.post(consumers(replaced), {"name": "Nightly export"}, format="json")
    assert made.status_code == 201
    one = made.json()
    assert (one["name"], one["environment"], one["retired_at"]) == ("Nightly export", "", None)
    before = admin.get(answer(replaced)).json()
    assert (before["answer"], before["why"]) == ("not_yet", "unticked")
    ticked = admin.post(answer(replaced), {"consumer": one["id"], "switched": True}, format="json")
    found = ticked.json()
    assert (found["answer"], found["why"]) == ("safe", "all_switched")
    assert found["sentences"][0] == "Safe to revoke."
    assert found["consumers"][0]["switched_at"] is not None
    assert found["consumers"][0]["switched_by"].startswith("admin")
    Usage.objects.create(
        secret=replaced.secret, source="report",
        first_seen_at=timezone.now() + timedelta(minutes=1),
        last_seen_at=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    again = admin.get(answer(replaced)).json()
    assert (again["answer"], again["last_seen_by"]) == ("still_used", "report")
    gone = admin.post(answer(replaced), {"consumer": one["id"], "switched": False}, format="json")
    assert gone.json()["consumers"][0]["switched_at"] is None
    assert not ConsumerSwitch.objects.exists()


def test_changed_and_retired(admin: APIClient, replaced: Token) -> None:
    one = admin.post(consumers(replaced), {"name": "Export"}, format="json").json()
    address = f"{consumers(replaced)}{one['id']}/"
    changed = admin.patch(address, {"where": "srv-12"}, format="json").json()
    assert (changed["name"], changed["where"]) == ("Export", "srv-12")
    assert admin.delete(address).status_code == 204
    assert admin.delete(address).status_code == 404
    assert [each["retired_at"] is None for each in admin.get(consumers(replaced)).json()] == [False]
    assert admin.get(answer(replaced)).json()["consumers"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "name"),
        ({"name": ""}, "name: "),
        ({"name": 7}, "name: must be a text"),
        ({"name": "x", "environment": "moon"}, "environment: is not one of"),
        ({"name": "x", "colour": "red"}, "known fields are"),
        ({"name": "x", "where": "SECRET"}, "where: contains a token"),
    ],
)
def test_what_cannot_be_taken_is_named(
    admin: APIClient, replaced: Token, body: dict[str, Any], words: str
) -> None:
    secret = token_value()
    sent = {name: secret if value == "SECRET" else value for name, value in body.items()}
    refused = admin.post(consumers(replaced), sent, format="json")
    assert refused.status_code == 400
    assert words in refused.json()["detail"]
    assert secret not in refused.content.decode()
    assert not Consumer.objects.exists()


def test_a_name_twice_is_a_conflict(admin: APIClient, replaced: Token) -> None:
    for status in (201, 409):
        sent = admin.post(consumers(replaced), {"name": "Export"}, format="json")
        assert sent.status_code == status


def test_a_question_without_sense_is_refused(admin: APIClient, replaced: Token) -> None:
    active = make_token()
    assert admin.get(answer(active)).status_code == 409
    assert "active" in admin.get(answer(active)).json()["detail"]
    assert admin.get(f"/api/v1/tokens/{uuid4()}/safe_to_revoke/").status_code == 404
    wrong = admin.post(answer(replaced), {"consumer": "x"}, format="json")
    assert wrong.status_code == 400
    assert "consumer: is not the id of a consumer" in wrong.json()["detail"]
    for strange in (str(uuid4()), _of_another()):
        sent = admin.post(answer(replaced), {"consumer": strange}, format="json")
        assert sent.status_code == 404


def _of_another() -> str:
    one = Consumer.objects.create(
        integration=make_integration(), name="x", created_at=timezone.now(), created_by="x"
    )
    return str(one.pk)


def test_an_auditor_looks_and_does_nothing(
    auditor: APIClient, admin: APIClient, replaced: Token
) -> None:
    one = admin.post(consumers(replaced), {"name": "Export"}, format="json").json()
    assert auditor.get(answer(replaced)).status_code == 200
    assert auditor.get(consumers(replaced)).status_code == 200
    assert auditor.post(consumers(replaced), {"name": "y"}, format="json").status_code == 403
    sent = auditor.post(answer(replaced), {"consumer": one["id"]}, format="json")
    assert sent.status_code == 403
    assert auditor.delete(f"{consumers(replaced)}{one['id']}/").status_code == 403


def test_nobody_else(anonymous: APIClient, replaced: Token) -> None:
    assert anonymous.get(answer(replaced)).status_code == 401
