"""Access reviews over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_account, make_token, token_value
from tokens.models import Account, Review
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/reviews/"


@pytest.fixture
def otto(db: Any) -> Account:
    return make_account("otto@acme.example", role=Role.AUDITOR)


def as_account(account: Account) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(account, "django.contrib.auth.backends.ModelBackend")
    return client


def body(**changes: Any) -> dict[str, Any]:
    due = (timezone.now() + timedelta(days=9)).date().isoformat()
    return {"name": "Autumn", "due_on": due, "reviewer": "Otto@acme.example", **changes}


def test_start_list_retrieve_decide(admin: APIClient, otto: Account) -> None:
    token = make_token(scope="admin")
    make_token(scope="read")
    sent = body(filters={"scope": ["admin"]})
    created = admin.post(URL, sent, format="json")
    assert created.status_code == 201
    one = created.json()
    assert (one["tokens"], one["waiting"], one["sha256"]) == (1, 1, "")
    assert [each["id"] for each in admin.get(URL).json()["results"]] == [one["id"]]
    where = f"{URL}{one['id']}/"
    (item,) = admin.get(where).json()["items"]
    assert (item["token"], item["reviewer"]) == (str(token.pk), "otto@acme.example")
    decision = {"items": [item["id"]], "decision": "deny", "reason": "nobody needs it"}
    assert admin.post(f"{where}decisions/", decision, format="json").status_code == 403
    mine = as_account(otto)
    answer = mine.post(f"{where}decisions/", decision, format="json")
    assert (answer.status_code, answer.json()["denied"]) == (200, 1)
    (item,) = mine.get(where).json()["items"]
    assert (item["decision"], item["reason"]) == ("deny", "nobody needs it")


def test_companies_may_have_their_own_reviewer(admin: APIClient, otto: Account) -> None:
    token = make_token()
    ada = make_account("ada@acme.example")
    sent = body(reviewers={token.company.name: ada.email})
    assert admin.post(URL, sent, format="json").status_code == 201
    assert Review.objects.get().items.get().reviewer == ada


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_on": "2020-01-01"}, "due_on"),
        ({"reviewer": "nobody@acme.example"}, "reviewer"),
        ({"reviewers": {"Nowhere": "otto@acme.example"}}, "reviewers"),
        ({"filters": {"colour": ["red"]}}, "filters"),
        ({"filters": {"scope": ["all"]}}, "scope"),
        ({"filters": {"environment": ["development"]}}, "tokens"),
        ({"nmae": "x"}, "known fields"),
    ],
)
def test_errors_name_the_field(
    admin: APIClient, otto: Account, changes: dict[str, Any], field: str
) -> None:
    make_token()
    answer = admin.post(URL, body(**changes), format="json")
    assert answer.status_code == 400
    assert field in answer.json()["detail"]
    assert not Review.objects.exists()


def test_a_token_in_a_field_is_not_echoed(admin: APIClient, otto: Account) -> None:
    make_token()
    value = token_value()
    for changes in ({"name": value}, {"filters": {"company": [value]}}, {"reviewer": value}):
        answer = admin.post(URL, body(**changes), format="json")
        assert answer.status_code == 400
        assert value not in answer.content.decode()


def test_auditors_look_and_do_not_start(auditor: APIClient, otto: Account, key: APIClient) -> None:
    assert auditor.get(URL).status_code == 200
    assert auditor.post(URL, body(), format="json").status_code == 403
    assert key.get(URL).status_code == 403
    nowhere = f"{URL}00000000-0000-7000-8000-000000000000/"
    assert auditor.get(nowhere).status_code == 404
    assert auditor.post(f"{nowhere}decisions/", {}, format="json").status_code == 404
