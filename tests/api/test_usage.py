"""Evidence of use over the API: who is named in reports and logs, and what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_token, token_value
from tokens.models import Sighting, Token, Usage
from tokens.policy.usage import HourMap


def usage(token: Token) -> str:
    return f"/api/v1/tokens/{token.pk}/usage/"


def test_what_is_reported_can_be_read_and_not_by_the_key(
    key: APIClient, auditor: APIClient, token: Token
) -> None:
    body = {"address": "ERP-1.acme.example:443", "user_agent": "portal/2.1"}
    assert key.post(usage(token), body, format="json").status_code == 201
    assert key.post(usage(token), {"user_agent": ""}, format="json").status_code == 201
    found = auditor.get(usage(token)).json()
    assert found["token"] == str(token.pk)
    assert (found["last_used_evidence"], found["logs_cover_since"]) == ("report", None)
    (source,) = found["sources"]
    assert (source["source"], source["hours_looked"], source["hours_seen"]) == ("report", None, 1)
    (who,) = source["sightings"]
    told = {name: who[name] for name in ("address", "user_agent", "count", "folded")}
    assert told == {
        "address": "erp-1.acme.example", "user_agent": "portal/2.1", "count": 1, "folded": 0,
    }  # fmt: skip
    assert who["first_seen_at"] == source["first_seen_at"] <= source["last_seen_at"]
    assert key.get(usage(token)).status_code == 403


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("address", "no address"),
        ("address", "{}"),
        ("user_agent", "x" * 201),
        ("user_agent", "curl {}"),
        ("user_agent", 7),
        ("user_agent", None),
        ("seen_at", "soon"),
    ],
)
def test_a_bad_value_names_its_field_without_an_echo(
    key: APIClient, token: Token, field: str, text: object
) -> None:
    value = token_value()
    sent = text.format(value) if isinstance(text, str) else text
    answer = key.post(usage(token), {field: sent}, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(field)
    assert value not in answer.content.decode()
    assert not Usage.objects.exists()


def test_hours_looked_are_those_of_headers_alone(auditor: APIClient, token: Token) -> None:
    assert auditor.get(usage(token)).json()["sources"] == []
    now = timezone.now()
    hours = HourMap().mark(now - timedelta(hours=2), seen=False).mark(now, seen=True)
    looked, seen = hours.to_text()
    Usage.objects.create(
        secret=token.secret, source="headers", anchor_at=hours.anchor, looked=looked, seen=seen,
        first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    Usage.objects.create(secret=token.secret, source="log", last_seen_at=now - timedelta(days=1))
    sources = auditor.get(usage(token)).json()["sources"]
    assert [(each["source"], each["hours_looked"], each["hours_seen"]) for each in sources] == [
        ("headers", 2, 1), ("log", None, 0),
    ]  # fmt: skip


def test_logs_name_who_used_a_token_in_rows_of_the_api(admin: APIClient) -> None:
    value = token_value()
    token = make_token(value=value, now=timezone.now())
    row = {"time": timezone.now().isoformat(), "token": value}
    who = {"address": "2001:DB8::1", "user_agent": "curl/8.5.0"}
    answer = admin.post("/api/v1/usage/", {"rows": [row, row | who]}, format="json")
    assert (answer.status_code, answer.json()["users"]) == (201, 1)
    (source,) = admin.get(usage(token)).json()["sources"]
    assert [each["address"] for each in source["sightings"]] == ["2001:db8::1"]
    bad = admin.post("/api/v1/usage/", {"rows": [row | {"address": value}]}, format="json")
    assert bad.status_code == 400
    assert "row 1, address" in bad.json()["detail"]
    assert value not in bad.content.decode()
    assert Sighting.objects.count() == 1
