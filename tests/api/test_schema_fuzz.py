"""The API against its own schema: whatever is sent, it answers as it says, and repeats nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern
from django.utils import timezone
from hypothesis import given, settings
from rest_framework.test import APIClient

from tests.api.fuzzing import CANARY, CHECKS, REPEATABLE, calls, connection_kept, operations
from tests.factories import ACTOR, actor_of, make_account
from tokens.api.urls import urlpatterns
from tokens.models import ApiKey, Token
from tokens.policy.api_keys import KEYABLE
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Role
from tokens.services.api_keys import create_api_key
from tokens.services.approvals import ask_revocation

PATHS = sorted(
    "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern))
    for each in urlpatterns
    if isinstance(each, URLPattern) and str(each.pattern).startswith("api/v1/")
)
#: Calls of each operation; the first is to find what breaks, the second only the door.
SCRIPT, NOBODY = 8, 2


@pytest.fixture
def headers(token: Token) -> dict[str, str]:
    """Those of a script whose key allows everything that there is, more than the page hands out:
    the fuzzing is to reach the code behind every door."""
    key, plain = create_api_key(
        name="fuzz", permissions=KEYABLE, days=30, actor=ACTOR, now=timezone.now()
    )
    ApiKey.objects.filter(pk=key.pk).update(permissions=[each.value for each in Permission])
    return {"Authorization": f"Api-Key {plain}"}


@pytest.fixture
def ids(token: Token, admin: APIClient) -> dict[str, str]:
    """A row of each kind that an address names, made over the API itself."""
    make_account("otto@acme.example", role=Role.AUDITOR)
    integration = str(token.integration_id)
    soon = (timezone.now() + timedelta(days=20)).date().isoformat()
    excused = {"token": str(token.pk), "flags": ["overdue"], "reason": "Later.", "ends_on": soon}
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "channel_id": ("webhooks", {"name": "SIEM", "url": "https://hooks.example.com/in"}),
        "policy_id": ("policies", {"name": "Read", "scope": "read", "rotate_days": 30}),
        "exception_id": ("exceptions", excused),
        "review_id": (
            "reviews",
            {"name": "Autumn", "due_on": soon, "reviewer": "otto@acme.example"},
        ),
        "consumer_id": (f"integrations/{integration}/consumers", {"name": "Nightly export"}),
    }
    made = {"token_id": str(token.pk), "integration_id": integration}
    for name, (where, body) in bodies.items():
        answer = admin.post(f"/api/v1/{where}/", body, format="json")
        assert answer.status_code == 201, answer.content
        made[name] = str(answer.json()["id"])
    asker = actor_of(make_account())
    asked = ask_revocation(token=token, reason="x", by=asker.name, actor=asker, now=timezone.now())
    return {**made, "approval_id": str(asked.pk)}


def fuzz(path: str, ids: dict[str, str], headers: dict[str, str], examples: int) -> set[int]:
    """Call each method of `path` so often; the status codes that came."""
    seen: set[int] = set()
    for operation in operations()[path]:

        @settings(REPEATABLE, max_examples=examples)
        @given(case=calls(operation, ids, odd=bool(headers)))
        def one(case: Any) -> None:
            case.headers.pop("Authorization", None)
            with connection_kept():
                answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                assert CANARY not in answer.text
                assert isinstance(answer.json()["detail"], str)
            seen.add(answer.status_code)

        one()
    return seen


def test_the_schema_names_what_there_is(db: Any) -> None:
    assert set(PATHS) == set(operations())


@pytest.mark.parametrize("path", PATHS)
def test_a_script_is_answered_as_the_schema_says(
    path: str, ids: dict[str, str], headers: dict[str, str]
) -> None:
    assert fuzz(path, ids, headers, SCRIPT) - {401, 403}


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_let_in(path: str, ids: dict[str, str]) -> None:
    assert fuzz(path, ids, {}, NOBODY) <= {401}


SOON = (timezone.now() + timedelta(days=3)).date().isoformat()
#: (method, path, body, status): calls that made-up ones seldom hit, since every field has to fit.
GOOD: list[tuple[str, str, dict[str, Any], int]] = [
    ("POST", "webhooks/", {"name": "Other", "url": "https://hooks.example.com/2"}, 201),
    ("POST", "policies/", {"name": "Admin", "scope": "admin", "rotate_days": 19}, 201),
    ("PATCH", "policies/{policy_id}/", {"rotate_days": 20}, 200),
    ("POST", "integrations/{integration_id}/consumers/", {"name": "Batch"}, 201),
    ("PATCH", "integrations/{integration_id}/consumers/{consumer_id}/", {"where": "srv-1"}, 200),
    ("POST", "tokens/{token_id}/revocation/", {"reason": "left", "by": "fin@acme.example"}, 201),
    ("POST", "tokens/{token_id}/snooze/", {"until": SOON, "reason": "away"}, 201),
    ("POST", "tokens/bulk/", {"action": "check", "filters": {"state": "active"}}, 200),
    ("POST", "leaks/", {"candidates": [CANARY]}, 200),
    ("PUT", "tokens/{token_id}/policy/", {"policy": 1}, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), GOOD)
def test_a_call_that_does_something_is_answered_as_the_schema_says(
    method: str,
    path: str,
    body: dict[str, Any],
    status: int,
    ids: dict[str, str],
    headers: dict[str, str],
) -> None:
    (operation,) = (
        each for each in operations()[f"/api/v1/{path}"] if each.method.upper() == method
    )
    known = {each.name: ids[each.name] for each in operation.path_parameters}
    case = operation.Case(path_parameters=known, body=body, media_type="application/json")
    with connection_kept():
        answer = case.call(headers=headers)
    assert answer.status_code == status, answer.text
    case.validate_response(answer, checks=CHECKS)
