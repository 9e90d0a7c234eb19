"""Acts on many tokens over the API: a preview first, unless it is asked not to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_token, token_value
from tokens.models import AuditEvent, Policy, Revocation, Token
from tokens.policy.roles import Permission
from tokens.services.api_keys import create_api_key

pytestmark = pytest.mark.django_db
URL = "/api/v1/tokens/bulk/"


def send(client: APIClient, action: str, *tokens: Token, **more: Any) -> Any:
    given = {"action": action, "ids": [str(token.pk) for token in tokens]}
    return client.post(URL, {**(given if tokens else {"action": action}), **more}, format="json")


def test_a_preview_changes_nothing(admin: APIClient) -> None:
    held, lost = make_token(), make_token(value=None)
    answer = send(admin, "check", held, lost).json()
    assert (answer["preview"], answer["number"], answer["done"]) == (True, 1, [str(held.pk)])
    assert [(each["id"], each["why"]) for each in answer["skipped"]] == [(str(lost.pk), "not_held")]
    assert not AuditEvent.objects.filter(kind="token.check_requested").exists()
    done = send(admin, "check", held, lost, preview=False).json()
    assert (done["preview"], done["done"]) == (False, [str(held.pk)])
    assert AuditEvent.objects.filter(kind="token.check_requested").count() == 1


def test_an_owner_by_filter(admin: APIClient) -> None:
    token = make_token(owner_email="")
    make_token(owner_email="x@acme.example")
    chosen = {"filters": {"flag": "ownerless"}, "owner_email": "new@acme.example"}
    assert send(admin, "owner", **chosen, preview=False).json()["done"] == [str(token.pk)]
    assert Token.objects.filter(owner__email="new@acme.example").count() == 1


def test_a_policy(admin: APIClient) -> None:
    token = make_token()
    policy = Policy.objects.create(id=7, name="Short", rotate_days=30)
    assert send(admin, "policy", token, policy=policy.pk, preview=False).json()["number"] == 1
    again = send(admin, "policy", token, policy=policy.pk).json()
    assert again["skipped"][0]["why"] == "assigned"
    token.refresh_from_db()
    assert token.assigned_policy_id == policy.pk
    assert send(admin, "policy", token, policy=None, preview=False).json()["number"] == 1
    assert send(admin, "policy", token, policy=12345).status_code == 400


def test_revocations_need_the_number_and_a_reason(admin: APIClient) -> None:
    tokens = [make_token(), make_token()]
    for given in ({}, {"number": 1, "reason": "ended"}, {"number": 2}):
        assert send(admin, "revocation", *tokens, preview=False, **given).status_code == 400
    assert not Revocation.objects.exists()
    given = {"number": 2, "reason": "ended"}
    assert send(admin, "revocation", *tokens, preview=False, **given).json()["number"] == 2
    assert Revocation.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"action": "destroy", "ids": [str(uuid4())]}, "action"),
        ({"action": "check"}, "ids"),
        ({"action": "check", "ids": [str(uuid4())], "filters": {"flag": "stale"}}, "ids"),
        ({"action": "check", "ids": []}, "ids"),
        ({"action": "check", "filters": {}}, "filters"),
        ({"action": "check", "filters": {"flagg": "overdue"}}, "filters"),
        ({"action": "check", "filters": {"flag": "nonsense"}}, "flag"),
        ({"action": "owner", "ids": [str(uuid4())]}, "owner_email"),
        ({"action": "owner", "ids": [str(uuid4())], "owner_email": "x"}, "owner_email"),
        ({"action": "policy", "ids": [str(uuid4())]}, "policy"),
    ],
)
def test_errors_name_the_field(admin: APIClient, given: dict[str, Any], field: str) -> None:
    answer = admin.post(URL, given, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["detail"]


def test_no_error_repeats_a_token(admin: APIClient) -> None:
    value = token_value()
    for given in (
        {"action": value, "ids": [str(uuid4())]},
        {"action": "check", "ids": [value]},
        {"action": "owner", "ids": [str(uuid4())], "owner_email": value},
        {"action": "check", "filters": {"q": value}},
    ):
        answer = admin.post(URL, given, format="json")
        assert answer.status_code == 400
        assert value not in answer.content.decode()


@pytest.mark.parametrize("action", ["check", "owner", "revocation", "policy"])
def test_an_auditor_may_not_even_ask(auditor: APIClient, action: str) -> None:
    more = {"owner_email": "x@acme.example", "policy": None}
    assert send(auditor, action, make_token(), **more).status_code == 403


def test_a_script_does_what_its_key_names_and_nothing_else(db: None) -> None:
    now = timezone.now()
    _, plain = create_api_key(
        name="nightly",
        permissions=[Permission.VIEW, Permission.CHECK],
        days=9,
        actor=ACTOR,
        now=now,
    )
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    token = make_token()
    assert send(client, "check", token, preview=False).status_code == 200
    assert send(client, "owner", token, owner_email="x@acme.example").status_code == 403
    assert AuditEvent.objects.get(kind="token.check_requested").actor_name == "nightly"
