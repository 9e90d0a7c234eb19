"""What somebody may not do stands in the audit trail, once, and without what they typed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_token, token_value
from tokens.audit import Event
from tokens.models import Account, AuditEvent
from tokens.policy.roles import Permission
from tokens.services.api_keys import create_api_key
from tokens.services.usage_keys import create_usage_key

pytestmark = pytest.mark.django_db


def denied() -> list[Any]:
    rows = AuditEvent.objects.filter(kind=Event.ACCESS_DENIED).order_by("id")
    return list(rows.values_list("actor_kind", "actor_name", "subject_name"))


def test_a_page_that_an_auditor_may_not_open(as_auditor: Client, auditor: Account) -> None:
    value = token_value()
    assert as_auditor.get("/team/", {"q": value}).status_code == 403
    assert denied() == [("account", auditor.email, "people")]
    assert value not in repr(list(AuditEvent.objects.values_list()))


def test_a_flood_of_the_same_writes_one_entry(as_auditor: Client) -> None:
    token = make_token()
    for _ in range(20):
        assert as_auditor.post(f"/tokens/{token.pk}/revoke/", {"reason": "x"}).status_code == 403
    assert len(denied()) == 1
    assert as_auditor.get("/team/").status_code == 403
    assert len(denied()) == 2  # something else is news


def test_whoever_is_signed_out_is_only_shown_the_way_in(client: Client, auditor: Account) -> None:
    assert client.get("/team/").status_code == 302
    assert denied() == []


def test_a_key_that_asks_for_too_much_by_its_name() -> None:
    token, now = make_token(), timezone.now()
    _, plain = create_api_key(name="ci", permissions=[], days=9, actor=ACTOR, now=now)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    url = f"/api/v1/tokens/{token.pk}/revocation/"
    assert client.post(url, {"reason": "x"}, format="json").status_code == 403
    assert denied() == [("api_key", "ci", "revoke")]


def test_an_integrations_key_too() -> None:
    token, now = make_token(), timezone.now() - timedelta(minutes=1)
    key, plain = create_usage_key(integration=token.integration, actor=ACTOR, now=now)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    assert client.get("/api/v1/companies/").status_code == 403
    assert denied() == [("api_key", key.hint, "view")]


def test_an_act_that_only_the_body_names() -> None:
    token, now = make_token(), timezone.now()
    _, plain = create_api_key(
        name="checks", permissions=[Permission.CHECK], days=9, actor=ACTOR, now=now
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    body = {"action": "revocation", "ids": [str(token.pk)], "preview": False, "number": 1}
    assert client.post("/api/v1/tokens/bulk/", body, format="json").status_code == 403
    assert denied() == [("api_key", "checks", "revoke")]
