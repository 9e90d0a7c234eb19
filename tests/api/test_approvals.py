"""The two-person rule over the API: 202 where another person has to approve, and deciding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.api.conftest import signed_in, with_key
from tests.factories import ACTOR, accepted, actor_of, make_account, make_token
from tokens.models import Approval, Revocation, Token
from tokens.policy.api_keys import KEYABLE
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.api_keys import create_api_key
from tokens.services.approvals import ask_api_key
from tokens.services.memberships import give_role

pytestmark = pytest.mark.django_db
URL = "/api/v1/approvals/"
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def _the_rule(settings: Settings) -> None:
    settings.TWO_PERSON_RULE = frozenset({Rule.REVOCATION})


@pytest.fixture
def other(db: Any) -> APIClient:
    return signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def script(db: Any) -> APIClient:
    maker = make_account("maker@acme.example")
    _, plain = create_api_key(
        name="Deploy", permissions=KEYABLE, days=9, actor=actor_of(maker), now=timezone.now()
    )
    return with_key(plain)


def ask(client: APIClient, token: Token, **more: str) -> dict[str, Any]:
    answer = client.post(f"/api/v1/tokens/{token.pk}/revocation/", {"reason": "Gone.", **more})
    assert answer.status_code == 202, answer.content
    found: dict[str, Any] = answer.json()
    return found


def decide(client: APIClient, one: dict[str, Any], act: str, **more: str) -> Any:
    return client.post(f"{URL}{one['id']}/decision/", {"act": act, **more})


def test_asked_and_approved(admin: APIClient, other: APIClient, token: Token) -> None:
    one = ask(admin, token)
    assert (one["kind"], one["outcome"], one["tokens"]) == ("revocation", "asked", [str(token.pk)])
    assert one["reason"] == "Gone."
    assert not Revocation.objects.exists()
    refused = decide(admin, one, "approve")
    assert refused.status_code == 403
    assert "somebody else must" in refused.json()["detail"]
    done = decide(other, one, "approve").json()
    assert done["outcome"] == "approved"
    assert done["decided_by"] not in {"", one["asked_by"]}
    proof = admin.get(f"/api/v1/tokens/{token.pk}/revocation/").json()
    assert (proof["recorded_by"], proof["approved_by"]) == (one["asked_by"], done["decided_by"])
    assert decide(other, one, "approve").status_code == 409


def test_without_the_rule_it_is_recorded_at_once(
    admin: APIClient, token: Token, settings: Settings
) -> None:
    settings.TWO_PERSON_RULE = frozenset({Rule.KEYS})
    answer = admin.post(f"/api/v1/tokens/{token.pk}/revocation/", {"reason": "Gone."})
    assert (answer.status_code, answer.json()["approved_by"]) == (201, "")


def test_asked_twice_is_a_conflict(admin: APIClient, other: APIClient, token: Token) -> None:
    ask(admin, token)
    again = other.post(f"/api/v1/tokens/{token.pk}/revocation/", {"reason": "Gone."})
    assert again.status_code == 409
    assert "has asked for it already" in again.json()["detail"]


def test_refused_and_withdrawn(admin: APIClient, other: APIClient, token: Token) -> None:
    one = ask(admin, token)
    bare = decide(other, one, "refuse")
    assert (bare.status_code, bare.json()["errors"][0]["attr"]) == (400, "reason")
    said = decide(other, one, "refuse", reason="In use.").json()
    assert (said["outcome"], said["decision_reason"]) == ("refused", "In use.")
    again = ask(admin, token)
    assert decide(other, again, "withdraw").status_code == 403
    assert decide(admin, again, "withdraw").json()["outcome"] == "withdrawn"


def test_many_at_once_are_one_request(admin: APIClient, other: APIClient) -> None:
    now = timezone.now()
    ids = [str(make_token(now=now, secret=accepted(now)).pk) for _ in range(3)]
    body = {"action": "revocation", "ids": ids, "reason": "Gone."}
    seen = admin.post("/api/v1/tokens/bulk/", body, format="json")
    assert (seen.status_code, seen.json()["number"]) == (200, 3)
    wrong = admin.post(
        "/api/v1/tokens/bulk/", {**body, "preview": False, "number": 2}, format="json"
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "number")
    asked = admin.post(
        "/api/v1/tokens/bulk/", {**body, "preview": False, "number": 3}, format="json"
    )
    assert asked.status_code == 202
    assert sorted(asked.json()["tokens"]) == sorted(ids)
    assert not Revocation.objects.exists()
    assert decide(other, asked.json(), "approve").json()["outcome"] == "approved"
    assert Revocation.objects.count() == 3


def test_a_script_asks_and_never_decides(script: APIClient, other: APIClient, token: Token) -> None:
    one = ask(script, token, by="ops@acme.example")
    assert (one["asked_by"], one["asked_with"]) == ("maker@acme.example", "Deploy")
    assert script.get(f"{URL}{one['id']}/").json() == one
    for act in ("approve", "refuse", "withdraw"):
        answer = decide(script, one, act, reason="x")
        assert (answer.status_code, Approval.objects.get().outcome) == (403, "asked")
    assert "second pair of eyes" in answer.json()["detail"]
    assert decide(other, one, "approve").status_code == 200


def test_who_reads_and_who_decides(
    admin: APIClient, auditor: APIClient, anonymous: APIClient, key: APIClient, token: Token
) -> None:
    one = ask(admin, token)
    assert auditor.get(f"{URL}{one['id']}/").status_code == 200
    assert decide(auditor, one, "approve").status_code == 403
    for caller in (anonymous, key):
        for url in (URL, f"{URL}{one['id']}/"):
            assert caller.get(url).status_code in {401, 403}
        assert decide(caller, one, "approve").status_code in {401, 403}
    for url in (f"{URL}{NOWHERE}/", f"{URL}{NOWHERE}/decision/"):
        assert admin.generic("POST" if "decision" in url else "GET", url).status_code == 404


def test_a_password_of_long_ago_is_not_enough(
    admin: APIClient, other: APIClient, token: Token
) -> None:
    one = ask(admin, token)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        answer = decide(other, one, "approve")
        assert (answer.status_code, "accounts/confirm" in answer.json()["detail"]) == (403, True)
        post = other.post(f"/api/v1/tokens/{token.pk}/revocation/", {"reason": "x"})
        assert post.status_code == 403
    assert not Revocation.objects.exists()


def test_a_key_is_no_part_of_any_answer(admin: APIClient, other: APIClient) -> None:
    asker = actor_of(make_account())
    one = ask_api_key(name="N", permissions=[], days=3, actor=asker, now=timezone.now())
    done = decide(other, {"id": str(one.pk)}, "approve").json()
    assert (done["kind"], done["outcome"], done["tokens"]) == ("api_key", "approved", [])
    assert not {"key", "plain", "secret", "details"} & set(done)


@pytest.mark.parametrize("role", [CompanyRole.OPERATOR, CompanyRole.VIEWER])
def test_roles_in_one_company(admin: APIClient, token: Token, role: CompanyRole) -> None:
    now = timezone.now()
    far = ask(admin, make_token(now=now))
    near = ask(admin, token)
    mia = make_account("mia@acme.example", role=Role.MEMBER)
    give_role(company=token.company, email=mia.email, role=role, actor=ACTOR, now=now)
    client = APIClient(raise_request_exception=False)
    client.force_login(mia, "django.contrib.auth.backends.ModelBackend")
    assert [row["id"] for row in client.get(URL).json()["results"]] == [near["id"]]
    assert client.get(f"{URL}{far['id']}/").status_code == 404
    assert decide(client, far, "approve").status_code == 404
    allowed = role is CompanyRole.OPERATOR
    assert decide(client, near, "approve").status_code == (200 if allowed else 403)
    assert Revocation.objects.count() == allowed


def test_a_role_in_one_company_is_not_enough_for_a_value_of_two(
    admin: APIClient, token: Token
) -> None:
    now = timezone.now()
    make_token(now=now, value=None, row={"secret_id": token.secret_id})
    one = ask(admin, token)
    mia = make_account("mia@acme.example", role=Role.MEMBER)
    give_role(company=token.company, email=mia.email, role=CompanyRole.ADMIN, actor=ACTOR, now=now)
    client = APIClient(raise_request_exception=False)
    client.force_login(mia, "django.contrib.auth.backends.ModelBackend")
    assert decide(client, one, "approve").status_code == 404
    assert not Revocation.objects.exists()


def test_the_list_goes_on_and_filters(admin: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.api.views_approvals.SIZE", 2)
    made = [ask(admin, make_token())["id"] for _ in range(5)]
    seen: list[str] = []
    url: str | None = f"{URL}?outcome=asked"
    while url:
        page = admin.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == made[::-1]
    Approval.objects.filter(pk=made[0]).update(expires_at=timezone.now())
    lapsed = admin.get(f"{URL}?outcome=lapsed&kind=revocation").json()["results"]
    assert [row["id"] for row in lapsed] == [made[0]]
    assert admin.get(f"{URL}?kind=api_key").json()["results"] == []


@pytest.mark.parametrize("query", ["outcome=done", "kind=token", "before=x"])
def test_what_is_wrong_is_named(admin: APIClient, query: str) -> None:
    answer = admin.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == query.partition("=")[0]
    assert admin.post(URL, {}).status_code in {403, 405}
