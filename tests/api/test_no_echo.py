"""What the fuzzing found once: places where an error repeated what was sent, or was a page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_account, make_token, token_value
from tokens.models import Review, ReviewItem
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(admin: APIClient) -> str:
    make_token()
    make_account("otto@acme.example", role=Role.AUDITOR)
    sent = {"name": "Autumn", "due_on": _soon(), "reviewer": "otto@acme.example"}
    answer = admin.post("/api/v1/reviews/", sent, format="json")
    assert answer.status_code == 201
    return f"/api/v1/reviews/{answer.json()['id']}/decisions/"


def _soon() -> str:
    return (timezone.now() + timedelta(days=9)).date().isoformat()


def test_a_token_for_a_decision_is_not_repeated(admin: APIClient, review: str) -> None:
    value = token_value()
    sent = {"items": [str(ReviewItem.objects.get().pk)], "decision": value}
    answer = admin.post(review, sent, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "decision")
    assert value not in answer.text


@pytest.mark.parametrize("wrong", [1, {}, [{}], None])
def test_a_token_for_the_name_of_a_filter_is_not_repeated(wrong: Any, admin: APIClient) -> None:
    value = token_value()
    rest = {"name": "Autumn", "due_on": _soon(), "reviewer": "otto@acme.example"}
    for name in ("filters", "reviewers"):
        answer = admin.post("/api/v1/reviews/", rest | {name: {value: wrong}}, format="json")
        assert answer.status_code == 400
        assert value not in answer.text
    bulk = {"action": "check", "filters": {value: wrong}, "number": 0}
    answer = admin.post("/api/v1/tokens/bulk/", bulk, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "filters")
    assert value not in answer.text
    assert not Review.objects.exists()


def test_an_address_with_a_line_break_is_answered_as_json(anonymous: APIClient) -> None:
    answer = anonymous.get(f"/api/v1/tokens/{uuid4()}%0A/usage/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
