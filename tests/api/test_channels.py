"""Channels, webhooks and deliveries over the API."""

from __future__ import annotations

import secrets

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_company, make_token
from tokens.models import Channel, Delivery
from tokens.notifications.channels.fan_out import fan_out
from tokens.services.channels.opening import opened

pytestmark = pytest.mark.django_db
HEX = secrets.token_hex(12)
HOOK = {"name": "SIEM", "url": f"https://hooks.example.com/{HEX}"}


def test_a_webhook_comes_with_its_secret_once(admin: APIClient) -> None:
    company = make_company()
    sent = HOOK | {"topics": ["overdue"], "company": str(company.pk), "at_least": "warning"}
    answer = admin.post("/api/v1/webhooks/", sent, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert made["shown"] == "https://hooks.example.com"
    assert HEX not in answer.content.decode()
    (listed,) = admin.get("/api/v1/webhooks/").json()
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    assert (listed["company"], listed["topics"]) == (str(company.pk), ["overdue"])
    one = admin.get(f"/api/v1/webhooks/{made['id']}/")
    assert one.json() == listed
    channel = Channel.objects.get()
    assert opened(channel, now=timezone.now()).address == HOOK["url"]
    assert admin.get(f"/api/v1/channels/{made['id']}/").status_code == 404
    assert admin.delete(f"/api/v1/webhooks/{made['id']}/").status_code == 204
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": f"http://hooks.example.com/{HEX}"}, "url"),
        ({"url": f"https://127.0.0.1:1/{HEX}"}, ""),
        ({"url": None}, "url"),
        ({"topics": ["nothing"]}, "topics"),
        ({"topics": "overdue"}, "topics"),
        ({"at_least": HEX}, "at_least"),
        ({"company": HEX}, "company"),
        ({"integration": "0192d0c8-0000-7000-8000-000000000000"}, "integration"),
        ({"name": ""}, "name"),
        ({"name": HOOK["url"]}, "name"),
        ({"secret": HEX}, "non_field_errors"),
    ],
)
def test_bad_input_names_its_field_and_repeats_nothing(
    admin: APIClient, change: dict[str, object], field: str
) -> None:
    answer = admin.post("/api/v1/webhooks/", HOOK | change, format="json")
    if not field:  # this machine is allowed outside production
        assert answer.status_code == 201
        return
    assert answer.status_code == 400
    assert {error["attr"].split(".")[0] for error in answer.json()["errors"]} == {field}
    assert HEX not in answer.content.decode()


def test_two_of_one_name(admin: APIClient) -> None:
    admin.post("/api/v1/webhooks/", HOOK, format="json")
    answer = admin.post("/api/v1/webhooks/", HOOK, format="json")
    assert answer.status_code == 409
    assert "name" in answer.json()["detail"]


def test_deliveries_are_listed(admin: APIClient) -> None:
    made = admin.post("/api/v1/webhooks/", HOOK, format="json").json()
    token = make_token()
    fan_out("reminder", [(token.pk, "2026-05-31", -7)], now=timezone.now())
    listed = admin.get(f"/api/v1/deliveries/?channel={made['id']}").json()["results"]
    assert [(row["topic"], row["token"], row["status"]) for row in listed] == [
        ("overdue", str(token.pk), "queued")
    ]
    assert listed[0]["webhook_id"] == Delivery.objects.get().message_id
    other = "0192d0c8-0000-7000-8000-000000000000"
    assert admin.get(f"/api/v1/deliveries/?channel={other}").json()["results"] == []
    assert admin.get("/api/v1/deliveries/?channel=x").status_code == 400


def test_an_auditor_reads(auditor: APIClient, admin: APIClient) -> None:
    made = admin.post("/api/v1/webhooks/", HOOK, format="json").json()
    for path in ("webhooks/", "channels/", "deliveries/", f"webhooks/{made['id']}/"):
        assert auditor.get(f"/api/v1/{path}").status_code == 200
    assert auditor.post("/api/v1/webhooks/", HOOK, format="json").status_code == 403
    assert auditor.delete(f"/api/v1/webhooks/{made['id']}/").status_code == 403
