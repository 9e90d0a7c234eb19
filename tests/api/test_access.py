"""Who may do what over the API: every address, method and caller, and the way in."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

import pytest
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.conftest import new_key, signed_in, with_key
from tests.factories import ACTOR, make_account, make_token
from tokens.access import access_of
from tokens.api import urls
from tokens.api.auth import FAILURES
from tokens.api.base import ApiView
from tokens.models import Token, UsageKey
from tokens.policy.vocabulary import Role
from tokens.services.usage_keys import revoke_usage_key

TOKENS = "/api/v1/tokens/"


def address(name: str, token: Token) -> str:
    return {
        "list": TOKENS,
        "one": f"{TOKENS}{token.pk}/",
        "revocation": f"{TOKENS}{token.pk}/revocation/",
        "usage": f"{TOKENS}{token.pk}/usage/",
        "logs": "/api/v1/usage/",
        "leaks": "/api/v1/leaks/",
        "policies": "/api/v1/policies/",
        "policy": "/api/v1/policies/1/",
        "token policy": f"{TOKENS}{token.pk}/policy/",
        "exceptions": "/api/v1/exceptions/",
        "companies": "/api/v1/companies/",
        "integrations": "/api/v1/integrations/",
    }[name]


#: (address, method): status for anonymous, auditor, administrator, the integration's key.
#: A body that is allowed but empty is 400, which shows that it was let in.
MATRIX = {
    ("list", "get"): (401, 200, 200, 200),
    ("list", "post"): (401, 403, 400, 403),
    ("list", "delete"): (401, 405, 405, 405),
    ("one", "get"): (401, 200, 200, 200),
    ("one", "put"): (401, 405, 405, 405),
    ("one", "patch"): (401, 405, 405, 405),
    ("one", "delete"): (401, 405, 405, 405),
    ("revocation", "get"): (401, 200, 200, 403),
    ("revocation", "post"): (401, 403, 400, 403),
    ("usage", "get"): (401, 200, 200, 403),
    ("usage", "post"): (401, 403, 403, 201),
    ("logs", "get"): (401, 405, 405, 405),
    ("logs", "post"): (401, 403, 400, 403),
    ("leaks", "get"): (401, 405, 405, 405),
    ("leaks", "post"): (401, 403, 400, 403),
    ("policies", "get"): (401, 200, 200, 403),
    ("policies", "post"): (401, 403, 400, 403),
    ("policy", "get"): (401, 200, 200, 403),
    ("policy", "patch"): (401, 403, 200, 403),
    ("policy", "delete"): (401, 403, 400, 403),
    ("token policy", "get"): (401, 200, 200, 403),
    ("token policy", "put"): (401, 403, 400, 403),
    ("exceptions", "get"): (401, 200, 200, 403),
    ("exceptions", "post"): (401, 403, 400, 403),
    ("companies", "get"): (401, 200, 200, 403),
    ("companies", "post"): (401, 405, 405, 405),
    ("integrations", "get"): (401, 200, 200, 403),
    ("integrations", "post"): (401, 405, 405, 405),
}


@pytest.mark.parametrize(("name", "method"), MATRIX)
def test_the_matrix(
    name: str,
    method: str,
    anonymous: APIClient,
    auditor: APIClient,
    admin: APIClient,
    key: APIClient,
    token: Token,
) -> None:
    where = address(name, token)
    callers = (anonymous, auditor, admin, key)
    answers = [getattr(caller, method)(where, {}, format="json") for caller in callers]
    assert tuple(answer.status_code for answer in answers) == MATRIX[(name, method)]
    for answer in answers:
        assert answer["Content-Type"] == "application/json"
        if answer.status_code >= 400:
            assert isinstance(answer.json()["detail"], str)


def test_every_view_says_who_may_ask_it() -> None:
    views: list[Any] = [getattr(entry.callback, "cls", None) for entry in urls.urlpatterns]
    assert all(view.access.delegated for view in views)
    open_ones = {
        view.__name__ for view in views if not (view.__dict__.keys() & {"needs", "for_keys"})
    }
    assert open_ones == {"SchemaView", "DocsView", "NowhereView"}
    assert access_of(get_resolver().resolve(TOKENS).func) == ApiView.access


def test_a_view_that_says_nothing_is_open_to_nobody(admin: APIClient, key: APIClient) -> None:
    from rest_framework.test import APIRequestFactory, force_authenticate

    class Forgotten(ApiView):
        def get(self, request: Any) -> None:
            raise AssertionError("it was let in")

    request = APIRequestFactory().get("/")
    force_authenticate(request, make_account())
    assert Forgotten.as_view()(request).status_code == 403


def test_a_key_sees_its_own_integrations_tokens_alone(key: APIClient, token: Token) -> None:
    other = make_token(company=token.company)
    found = key.get(TOKENS).json()["results"]
    assert [each["id"] for each in found] == [str(token.pk)]
    assert key.get(TOKENS, {"integration": other.integration.name}).json()["results"] == []
    for where, method in (
        (f"{TOKENS}{other.pk}/", key.get),
        (f"{TOKENS}{other.pk}/usage/", key.post),
    ):
        stranger, nobody = method(where), method(where.replace(str(other.pk), str(uuid4())))
        assert (stranger.status_code, stranger.json()) == (404, nobody.json())


def test_a_wrong_or_revoked_key_is_401_with_the_way_in(anonymous: APIClient, token: Token) -> None:
    plain = new_key(token.integration)
    revoke_usage_key(key=UsageKey.objects.get(), actor=ACTOR, now=timezone.now())
    for wrong in (plain, "ctg_" + secrets.token_urlsafe(32), "", "x" * 5000, "ctg_é"):
        answer = with_key(wrong).get(TOKENS)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Api-Key")
        assert "not known" in answer.json()["detail"]
        assert plain not in answer.text
    assert anonymous.get(TOKENS)["WWW-Authenticate"].startswith("Api-Key")


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token"])
def test_another_scheme_is_no_way_in(scheme: str, token: Token) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {new_key(token.integration)}")
    assert client.get(TOKENS).status_code == 401


def test_wrong_keys_run_into_a_limit_and_right_ones_do_not(token: Token) -> None:
    right = with_key(new_key(token.integration))
    wrong = with_key("ctg_" + secrets.token_urlsafe(32))
    answers = [wrong.get(TOKENS) for _ in range(FAILURES + 2)]
    assert [answer.status_code for answer in answers] == [401] * FAILURES + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Too many wrong keys" in answers[-1].json()["detail"]
    forged = wrong.get(TOKENS, HTTP_X_FORWARDED_FOR="192.0.2.7")
    assert forged.status_code == 429
    assert right.get(TOKENS).status_code == 200


def test_a_key_outranks_a_session(admin: APIClient, token: Token) -> None:
    admin.credentials(HTTP_AUTHORIZATION=f"Api-Key {new_key(token.integration)}")
    assert admin.get("/api/v1/companies/").status_code == 403
    admin.credentials(HTTP_AUTHORIZATION="Api-Key wrong")
    assert admin.get("/api/v1/companies/").status_code == 401


def test_a_session_needs_the_csrf_token_to_write(token: Token) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_account(), "django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"{TOKENS}{token.pk}/revocation/", {"reason": "left"}, format="json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    token.refresh_from_db()
    assert token.state == "active"


def test_a_disabled_account_is_out_at_its_next_request(db: Any) -> None:
    client = signed_in(Role.ADMINISTRATOR)
    assert client.get(TOKENS).status_code == 200
    from tokens.models import Account

    Account.objects.update(is_active=False)
    assert client.get(TOKENS).status_code == 401


@pytest.mark.parametrize("where", ["/api/", "/api", "/api/v1/", "/api/v1/tokens/x/", "/api/v2/x"])
def test_every_other_address_is_404_as_json(
    where: str, admin: APIClient, anonymous: APIClient
) -> None:
    for caller in (admin, anonymous):
        answer = caller.get(where)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        assert answer.json()["detail"]


def test_neither_a_content_type_nor_a_method_comes_back(db: None) -> None:
    client, value = signed_in(Role.ADMINISTRATOR), "Zz9" + secrets.token_urlsafe(30)
    answers = [
        client.generic("POST", TOKENS, "{}", content_type=value),
        client.generic(value.upper(), TOKENS, "{}"),
    ]
    assert [answer.status_code for answer in answers] == [415, 405]
    assert not any(value.lower() in answer.content.decode().lower() for answer in answers)
