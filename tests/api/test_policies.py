"""Policies over the API: each change can be looked at before it is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_company, make_integration, make_token
from tokens.models import Policy, Token
from tokens.policy.book import BASE

pytestmark = pytest.mark.django_db

POLICIES = "/api/v1/policies/"
ADMIN_SCOPE = {"name": "Admin scope", "scope": "admin", "rotate_days": 30}


def create(admin: APIClient, **changes: Any) -> dict[str, Any]:
    answer = admin.post(POLICIES, {**ADMIN_SCOPE, **changes}, format="json")
    assert answer.status_code == 201, answer.json()
    made: dict[str, Any] = answer.json()
    return made


def one(policy: dict[str, Any]) -> str:
    return f"{POLICIES}{policy['id']}/"


def old_admin_token() -> Token:
    issued = timezone.now() - timedelta(days=40)
    return make_token(scope="admin", issued_at=issued, now=timezone.now())


def test_the_base_policy_is_there_from_the_start(auditor: APIClient) -> None:
    make_token()
    found = auditor.get(POLICIES).json()
    assert [(each["id"], each["name"], each["tokens"]) for each in found] == [(BASE, "", 1)]
    assert (found[0]["rotate_days"], found[0]["thresholds"]) == (90, [30, 14, 7, 1, 0])
    assert found[0]["applies_to"] == "all other tokens"
    assert auditor.get(f"{POLICIES}{BASE}/").json() == found[0]


def test_a_new_policy_counts_at_once_and_stands_before_the_base_one(admin: APIClient) -> None:
    token = make_token(scope="admin")
    made = create(admin)
    assert (made["applies_to"], made["tokens"], made["warn_days"]) == ("admin tokens", 1, 14)
    assert made["thresholds"] == [14, 7, 1, 0]
    assert [each["id"] for each in admin.get(POLICIES).json()] == [made["id"], BASE]
    token.refresh_from_db()
    assert token.policy_id == made["id"]


def test_a_preview_says_what_would_follow_and_saves_nothing(admin: APIClient) -> None:
    token = old_admin_token()
    found = admin.post(f"{POLICIES}?preview=1", ADMIN_SCOPE, format="json")
    assert found.status_code == 200
    said = found.json()
    assert (said["applied"], said["applies"], said["joins"]) == (0, 1, 1)
    assert said["effects"][0] == {"flag": "overdue", "before": 0, "after": 1}
    assert said["newly_flagged"] == [str(token.pk)]
    assert not Policy.objects.exclude(pk=BASE).exists()
    token.refresh_from_db()
    assert token.policy_id is None


def test_a_change_leaves_what_is_not_named(admin: APIClient) -> None:
    company = make_company("Acme GmbH")
    made = create(admin)
    sent = {"company": company.name, "rotate_days": 45}
    before = admin.patch(f"{one(made)}?preview=1", sent, format="json").json()
    assert (before["applied"], before["applies"]) == (0, 0)
    assert admin.get(one(made)).json() == made
    changed = admin.patch(one(made), sent, format="json").json()
    wanted = {"company": "Acme GmbH", "rotate_days": 45, "applies_to": "admin tokens at Acme GmbH"}
    assert changed == {**made, **wanted}


def test_the_base_policy_is_changed_but_neither_named_nor_removed(admin: APIClient) -> None:
    base = f"{POLICIES}{BASE}/"
    assert admin.patch(base, {"rotate_days": 60}, format="json").json()["rotate_days"] == 60
    for answer in (
        admin.patch(base, {"scope": "admin"}, format="json"),
        admin.patch(base, {"name": "Base"}, format="json"),
        admin.delete(base),
        admin.delete(f"{base}?preview=1"),
    ):
        assert answer.status_code == 400
        assert "base policy" in answer.json()["detail"]


def test_removing_gives_its_tokens_back(admin: APIClient) -> None:
    token, made = old_admin_token(), create(admin)
    said = admin.delete(f"{one(made)}?preview=1").json()
    assert (said["applied"], said["applies"], said["leaves"]) == (1, 0, 1)
    assert said["effects"][0] == {"flag": "overdue", "before": 1, "after": 0}
    assert admin.get(one(made)).status_code == 200
    assert admin.delete(one(made)).status_code == 204
    assert admin.get(one(made)).status_code == 404
    token.refresh_from_db()
    assert token.policy_id is None


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"scope": "everything"}, 400, "scope"),
        ({"company": "Nobody Ltd"}, 400, "company"),
        ({"integration": "Nothing"}, 400, "integration"),
        ({"rotate_days": 0}, 400, "rotate_days"),
        ({"rotate_days": 10}, 400, "warn_days"),
        ({"thresholds": [30]}, 400, "thresholds"),
        ({"thresholds": []}, 400, "thresholds"),
        ({"thresholds": [7] * 3 + list(range(14))}, 400, "thresholds"),
        ({"thresholds": "7"}, 400, "thresholds"),
        ({"unknown": 1}, 400, "non_field_errors"),
        ({"name": "ADMIN scope", "scope": "read"}, 409, "name"),
        ({"name": "Other"}, 409, "scope"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_saved(
    admin: APIClient, sent: dict[str, Any], status: int, field: str
) -> None:
    create(admin)
    for address in (POLICIES, f"{POLICIES}?preview=1"):
        answer = admin.post(address, {**ADMIN_SCOPE, "name": "New", **sent}, format="json")
        if status == 400 and answer.status_code == 409:  # pragma: no cover - a clearer failure
            raise AssertionError(answer.json())
        assert answer.status_code == status
        attrs = [str(error["attr"]).split(".")[0] for error in answer.json()["errors"]]
        assert attrs == [field]
    assert Policy.objects.count() == 2


def test_an_error_repeats_no_token(admin: APIClient) -> None:
    value = "sk_" + "live_" + "0123456789abcdef" * 2
    for sent in ({"name": value}, {"company": value}, {"scope": value}):
        answer = admin.post(POLICIES, {**ADMIN_SCOPE, **sent}, format="json")
        assert answer.status_code == 400
        assert value not in answer.content.decode()


def test_a_policy_is_chosen_for_one_token_and_taken_back(
    admin: APIClient, auditor: APIClient, token: Token
) -> None:
    address = f"/api/v1/tokens/{token.pk}/policy/"
    hand = create(admin, name="Legacy", scope="", integration=make_integration().name)
    found = auditor.get(address).json()
    assert (found["policy"], found["by_hand"], found["since"]) == (BASE, False, None)
    assert found["why"].startswith("90 days: the base policy")
    chosen = admin.put(address, {"policy": hand["id"]}, format="json").json()
    assert (chosen["policy"], chosen["name"], chosen["by_hand"]) == (hand["id"], "Legacy", True)
    assert chosen["since"] is not None
    assert chosen["due_at"] < found["due_at"]
    back = admin.put(address, {"policy": None}, format="json").json()
    assert (back["policy"], back["due_at"]) == (BASE, found["due_at"])
    for sent in ({"policy": 999}, {"policy": "x"}, {}, {"policy": 0}):
        answer = admin.put(address, sent, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "policy")


def test_tokens_are_listed_by_policy(admin: APIClient) -> None:
    admin_token, read = make_token(scope="admin"), make_token(scope="read")
    made = create(admin)
    for number, token in ((made["id"], admin_token), (BASE, read)):
        found = admin.get("/api/v1/tokens/", {"policy": number}).json()["results"]
        assert [each["id"] for each in found] == [str(token.pk)]
    answer = admin.get("/api/v1/tokens/", {"policy": "admin"})
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "policy")
