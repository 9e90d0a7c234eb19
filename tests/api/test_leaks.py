"""Candidates of scanners: known or not, by place in the list, and nothing is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_token, token_value
from tokens.api.views_leaks import MOST, THROTTLE
from tokens.models import AuditEvent
from tokens.services.compromise import mark_compromised

LEAKS = "/api/v1/leaks/"


def ask(client: APIClient, *candidates: Any) -> Any:
    return client.post(LEAKS, {"candidates": list(candidates)}, format="json")


def test_every_candidate_is_answered_at_its_place(admin: APIClient) -> None:
    value, shared, unknown = token_value(), token_value(), token_value()
    token = make_token(value=value, row={"state": "revoked"})
    rows = [make_token(value=shared, allow_shared=True) for _ in range(2)]
    mark_compromised(
        token=rows[0], reason="x", by="a@acme.example", actor=ACTOR, now=timezone.now()
    )
    answer = ask(admin, unknown, value, "short", "", f"{shared}\n", shared)
    assert answer.status_code == 200
    found = answer.json()["results"]
    assert [each["index"] for each in found] == list(range(6))
    assert [each["known"] for each in found] == [False, True, False, False, False, True]
    assert found[1]["tokens"] == [{"id": str(token.pk), "state": "revoked", "compromised": False}]
    assert found[5]["tokens"] == [
        {"id": str(row.pk), "state": "active", "compromised": True} for row in rows
    ]
    for each in (value, shared, unknown):
        assert each not in answer.content.decode()


def test_the_question_is_audited_without_a_value(admin: APIClient) -> None:
    value = token_value()
    token = make_token(value=value)
    ask(admin, value, token_value())
    entry = AuditEvent.objects.get(kind="identify.asked")
    assert json.loads(entry.data) == {"found": True, "token": [str(token.pk)], "count": 2}
    assert entry.actor_kind == "account"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"candidates": []},
        {"candidates": "VALUE"},
        {"candidates": ["VALUE", 7]},
        {"candidates": [{"VALUE": "VALUE"}]},
        {"candidates": ["VALUE"] * (MOST + 1)},
        {"candidates": ["x"], "VALUE": 1},
    ],
)
def test_a_bad_body_is_400_and_never_repeated(body: Any, admin: APIClient) -> None:
    value = token_value()
    sent = json.loads(json.dumps(body).replace("VALUE", value))
    answer = admin.post(LEAKS, sent, format="json")
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    assert not AuditEvent.objects.filter(kind="identify.asked").exists()


def test_too_many_questions_are_429(admin: APIClient) -> None:
    codes = [ask(admin, "x").status_code for _ in range(THROTTLE.limit + 1)]
    assert codes == [200] * THROTTLE.limit + [429]


def test_many_candidates_cost_a_constant_number_of_queries(
    admin: APIClient, django_assert_max_num_queries: Any
) -> None:
    values = [token_value() for _ in range(20)]
    for value in values:
        make_token(value=value)
    with django_assert_max_num_queries(25):
        ask(admin, *values, *(token_value() for _ in range(400)))
