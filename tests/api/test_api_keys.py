"""What a script can do with its key: what the key names, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.conftest import with_key
from tests.api.test_access import MATRIX, address
from tests.factories import ACTOR, make_token, token_value
from tests.web.conftest import signed_in
from tokens.api.base import ApiView
from tokens.models import AuditEvent, Revocation, Token
from tokens.policy.api_keys import KEYABLE
from tokens.policy.roles import Permission
from tokens.services.api_keys import create_api_key

pytestmark = pytest.mark.django_db


def script(*permissions: Permission, days: int = 30) -> APIClient:
    _, plain = create_api_key(
        name="script", permissions=permissions, days=days, actor=ACTOR, now=timezone.now()
    )
    return with_key(plain)


def needed(name: str, method: str, token: Token) -> Permission | None:
    from django.urls import resolve

    view: type[ApiView] = resolve(address(name, token)).func.view_class  # type: ignore[attr-defined]
    return view.needs.get(method.upper())


@pytest.mark.parametrize("held", [(), tuple(KEYABLE)])
@pytest.mark.parametrize(("name", "method"), MATRIX)
def test_the_key_names_what_is_open(
    name: str, method: str, held: tuple[Permission, ...], token: Token
) -> None:
    permission = needed(name, method, token)
    expected = MATRIX[(name, method)][2]  # as for an administrator
    if expected != 405 and permission not in {*held, Permission.VIEW}:
        expected = 403
    answer = getattr(script(*held), method)(address(name, token), {}, format="json")
    assert answer.status_code == expected


def test_an_expired_key_is_401(token: Token) -> None:
    _, plain = create_api_key(
        name="old",
        permissions=[],
        days=1,
        actor=ACTOR,
        now=timezone.now() - timedelta(days=1, seconds=1),
    )
    answer = with_key(plain).get("/api/v1/tokens/")
    assert answer.status_code == 401
    assert plain not in answer.content.decode()


def test_a_script_sees_every_integration_and_acts_under_its_own_name() -> None:
    token, _ = make_token(), make_token()
    client = script(Permission.REVOKE)
    assert len(client.get("/api/v1/tokens/").json()["results"]) == 2
    answer = client.post(
        f"/api/v1/tokens/{token.pk}/revocation/",
        {"reason": "rotated", "by": "ada@acme.example"},
        format="json",
    )
    assert answer.status_code == 201
    assert Revocation.objects.get().recorded_by == "script"
    entry = AuditEvent.objects.get(kind="revocation.recorded")
    assert (entry.actor_kind, entry.actor_name) == ("api_key", "script")


def test_a_script_stores_a_token_that_never_comes_back() -> None:
    value = token_value()
    body: dict[str, Any] = {
        "company": "Acme",
        "integration": "ERP",
        "environment": "production",
        "scope": "read",
        "owner_email": "ada@acme.example",
        "token": value,
    }
    client = script(Permission.REGISTER)
    answer = client.post("/api/v1/tokens/", body, format="json")
    assert answer.status_code == 201
    assert value not in client.get("/api/v1/tokens/").content.decode()


def test_a_key_is_no_way_into_the_pages(administrator_page: Client) -> None:
    made = administrator_page.post("/keys/", {"name": "s", "permissions": ["export"], "days": "9"})
    plain = made.context["new_key"][1]
    client = Client(headers={"Authorization": f"Api-Key {plain}"})
    assert client.get("/tokens/").status_code == 302
    assert client.get("/tokens/export/").status_code == 302


@pytest.fixture
def administrator_page(db: Any) -> Client:
    from tests.factories import make_account
    from tokens.policy.vocabulary import Role

    return signed_in(make_account(role=Role.ADMINISTRATOR))
