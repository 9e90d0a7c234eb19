"""Exceptions over the API: asked for by one account, decided by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.conftest import signed_in
from tests.factories import make_token
from tokens.models import PolicyException, Token
from tokens.policy.days import utc_day
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/exceptions/"
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def other(db: Any) -> APIClient:
    return signed_in(Role.ADMINISTRATOR)


def body(token: Token, **changes: Any) -> dict[str, Any]:
    end = utc_day(timezone.now()) + timedelta(days=20)
    return {
        "token": str(token.pk),
        "flags": ["overdue"],
        "reason": "The supplier answers after Easter.",
        "ends_on": end.isoformat(),
        **changes,
    }


def asked(client: APIClient, token: Token, **changes: Any) -> str:
    answer = client.post(URL, body(token, **changes))
    assert answer.status_code == 201, answer.content
    return f"{URL}{answer.json()['id']}/"


def decide(client: APIClient, one: str, act: str, **more: str) -> Any:
    return client.post(f"{one}decision/", {"act": act, **more})


def test_asked_and_approved(admin: APIClient, other: APIClient, token: Token) -> None:
    one = asked(admin, token)
    assert admin.get(one).json()["standing"] == "waiting"
    refused = decide(admin, one, "approve")
    assert refused.status_code == 403
    assert "somebody else must" in refused.json()["detail"]
    answer = decide(other, one, "approve")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["standing"], said["flags"]) == ("in_force", ["overdue"])
    assert said["asked_by"] != said["decided_by"]
    assert decide(other, one, "approve").status_code == 409
    assert decide(other, one, "end").json()["standing"] == "closed"


def test_refused_and_withdrawn(admin: APIClient, other: APIClient, token: Token) -> None:
    one = asked(admin, token)
    bare = decide(other, one, "refuse")
    assert (bare.status_code, bare.json()["errors"][0]["attr"]) == (400, "reason")
    said = decide(other, one, "refuse", reason="Rotate it.").json()
    assert (said["standing"], said["decision_reason"]) == ("refused", "Rotate it.")
    again = asked(admin, token)
    assert decide(other, again, "withdraw").status_code == 403
    assert decide(admin, again, "withdraw").json()["standing"] == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token": NOWHERE}, "token"),
        ({"token": "x"}, "token"),
        ({"flags": []}, "flags"),
        ({"flags": ["compromised"]}, "flags"),
        ({"flags": ["late"]}, "flags.0"),
        ({"flags": "overdue"}, "flags"),
        ({"reason": ""}, "reason"),
        ({"reason": 7}, "reason"),
        ({"ends_on": "soon"}, "ends_on"),
        ({"ends_on": "2001-01-01"}, "ends_on"),
        ({"ends_on": "2999-01-01"}, "ends_on"),
    ],
)
def test_what_is_wrong_is_named(
    admin: APIClient, token: Token, changes: dict[str, Any], field: str
) -> None:
    answer = admin.post(URL, {**body(token), **changes})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == field
    assert not PolicyException.objects.exists()


def test_a_token_in_the_reason_comes_back_nowhere(admin: APIClient, token: Token) -> None:
    value = "sk_" + "live_" + "0a1b2c3d4e5f"
    answer = admin.post(URL, body(token, reason=value))
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_an_unknown_act_and_an_unknown_field(admin: APIClient, token: Token) -> None:
    one = asked(admin, token)
    assert decide(admin, one, "sing").status_code == 400
    assert admin.post(URL, {**body(token), "by": "eve@acme.example"}).status_code == 400
    assert admin.get(f"{URL}{NOWHERE}/").status_code == 404
    assert decide(admin, f"{URL}{NOWHERE}/", "approve").status_code == 404


def test_the_list_is_filtered_and_paged(
    admin: APIClient, other: APIClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokens.api.views_exceptions.SIZE", 2)
    ones = [asked(admin, each) for each in (token, make_token(), make_token())]
    decide(other, ones[0], "approve")
    first = admin.get(URL).json()
    assert [f"{URL}{each['id']}/" for each in first["results"]] == [ones[2], ones[1]]
    second = admin.get(first["next"]).json()
    assert [f"{URL}{each['id']}/" for each in second["results"]] == [ones[0]]
    assert second["next"] is None
    in_force = admin.get(URL, {"standing": "in_force"}).json()["results"]
    of_token = admin.get(URL, {"token": str(token.pk)}).json()["results"]
    assert in_force == of_token
    assert len(in_force) == 1
    for query in ({"standing": "x"}, {"token": "x"}, {"before": "x"}):
        assert admin.get(URL, query).status_code == 400


def test_who_may(auditor: APIClient, key: APIClient, admin: APIClient, token: Token) -> None:
    one = asked(admin, token)
    assert auditor.get(one).status_code == 200
    assert auditor.post(URL, body(token)).status_code == 403
    assert decide(auditor, one, "approve").status_code == 403
    assert key.get(URL).status_code == 403
    assert decide(key, one, "approve").status_code == 403
