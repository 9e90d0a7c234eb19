"""Logs of use over the API: all rows or none, and no answer repeats one."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_token, token_value
from tokens.models import AuditEvent, Secret, Usage

WHERE = "/api/v1/usage/"


def rows(*values: str) -> list[dict[str, str]]:
    return [{"time": timezone.now().isoformat(), "token": value} for value in values]


def test_an_administrator_brings_logs_in(admin: APIClient) -> None:
    value = token_value()
    token = make_token(value=value, now=timezone.now() - timedelta(days=40))
    now = timezone.now()
    covers = {
        "since": (now - timedelta(days=31)).isoformat(),
        "until": now.isoformat(),
        "integrations": [token.integration.name],
    }
    body = {"rows": rows(value), "source": "gateway", "covers": covers}
    answer = admin.post(WHERE, body, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["rows"] == answer.json()["covered"] == 1
    assert Usage.objects.get().source == "log"
    assert Secret.objects.get().last_used_evidence == "log"
    assert AuditEvent.objects.latest("id").actor_kind == "account"


def test_bad_rows_are_named_and_not_repeated(admin: APIClient) -> None:
    value = token_value()
    make_token(value=value)
    stranger = token_value()
    bad: list[Any] = [{"time": "soon", "token": stranger}, stranger, {stranger: "x"}]
    answer = admin.post(WHERE, {"rows": [*rows(value), *bad]}, format="json")
    assert answer.status_code == 400
    assert "row 2, time: is not an ISO 8601 date or date-time" in answer.json()["detail"]
    assert "row 3: is no JSON object" in answer.json()["detail"]
    assert stranger not in answer.content.decode()
    assert not Usage.objects.exists()


def test_a_cover_must_say_whose_and_when(admin: APIClient) -> None:
    value = token_value()
    make_token(value=value)
    now = timezone.now().isoformat()
    for covers in (
        {"since": "2026-01-01", "until": now},
        {"since": "", "until": now, "all": True},
        {"since": "2026-01-01"},
        {"since": "2026-01-01", "until": now, "all": True, "whole": True},
        [value],
    ):
        answer = admin.post(WHERE, {"rows": rows(value), "covers": covers}, format="json")
        assert answer.status_code == 400, covers
        assert value not in answer.content.decode()
    assert not Usage.objects.exists()
