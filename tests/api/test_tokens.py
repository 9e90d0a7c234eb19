"""Listing, retrieving and storing tokens over the API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import failing, make_entry, make_token, token_value
from tokens.models import AuditEvent, Company, Token
from tokens.selectors.records import COLUMNS

TOKENS = "/api/v1/tokens/"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "company": "Acme GmbH",
        "integration": "Supplier portal",
        "environment": "production",
        "scope": "read",
        "token": token_value(),
        **changes,
    }


def test_a_token_has_the_columns_of_the_export(admin: APIClient, token: Token) -> None:
    found = admin.get(f"{TOKENS}{token.pk}/").json()
    assert tuple(found) == COLUMNS
    assert found["id"] == str(token.pk)
    assert found["issued_at"].endswith("Z")
    assert admin.get(TOKENS).json()["results"] == [found]


def test_the_list_holds_every_state_and_takes_the_pages_filters(admin: APIClient) -> None:
    now = timezone.now()
    old = make_token(issued_at=now - timedelta(days=120), now=now)
    gone = make_token(issued_at=now, now=now, row={"state": "revoked"})
    bad = make_token(issued_at=now, now=now, secret=failing(now))

    def ids(**query: Any) -> set[str]:
        return {each["id"] for each in admin.get(TOKENS, query).json()["results"]}

    assert ids() == {str(old.pk), str(gone.pk), str(bad.pk)}
    assert ids(flag="overdue") == {str(old.pk)}
    assert ids(flag=["overdue", "failing"]) == {str(old.pk), str(bad.pk)}
    assert ids(state="revoked") == {str(gone.pk)}
    assert ids(company=old.company.name) == {str(old.pk)}
    assert ids(q=bad.integration.name) == {str(bad.pk)}


def test_pages_lead_on_and_back_and_keep_the_filters(admin: APIClient) -> None:
    now = timezone.now()
    made = {str(make_token(now=now).pk) for _ in range(5)}
    make_token(now=now, environment="development")
    query: dict[str, str | int] = {"environment": "production", "sort": "-due", "page_size": 2}
    pages = [admin.get(TOKENS, query).json()]
    while pages[-1]["next"]:
        pages.append(admin.get(pages[-1]["next"]).json())
    seen = [each["id"] for page in pages for each in page["results"]]
    assert (len(pages), len(seen), set(seen)) == (3, 5, made)
    assert pages[0]["previous"] is None
    assert admin.get(pages[1]["previous"]).json()["results"] == pages[0]["results"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"flag": "late"}, "flag"),
        ({"sort": "colour"}, "sort"),
        ({"cursor": "made-up"}, "cursor"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "1001"}, "page_size"),
        ({"page_size": "²"}, "page_size"),
    ],
)
def test_a_bad_query_is_400_and_names_its_parameter(
    query: dict[str, str], field: str, admin: APIClient
) -> None:
    answer = admin.get(TOKENS, query)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert [error["attr"] for error in answer.json()["errors"]] == [field]
    assert (
        next(iter(query.values())) not in answer.json()["detail"].removeprefix(field)
        or field == "page_size"
    )


def test_a_token_in_the_query_is_refused_without_an_echo(admin: APIClient) -> None:
    value = token_value()
    answer = admin.get(TOKENS, {"q": value})
    assert answer.status_code == 400
    assert value not in answer.text


def test_storing_a_token(admin: APIClient) -> None:
    sent = body(owner_email="Owner@acme.example", issued_at="2026-01-05", workspace_id=4711)
    answer = admin.post(TOKENS, sent, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert tuple(made) == COLUMNS
    assert (made["owner_email"], made["workspace_id"]) == ("owner@acme.example", 4711)
    assert (made["issued_at"], made["hint"]) == (
        "2026-01-05T00:00:00Z",
        f"sk_live_…{sent['token'][-4:]}",
    )
    assert answer["Location"].endswith(f"/api/v1/tokens/{made['id']}/")
    assert sent["token"] not in answer.text
    entry = AuditEvent.objects.get(kind="token.registered")
    assert entry.actor_kind == "account"
    assert sent["token"] not in entry.data


def test_a_token_nobody_holds_needs_no_value(admin: APIClient) -> None:
    sent = body(held=False)
    del sent["token"]
    answer = admin.post(TOKENS, sent, format="json")
    assert answer.status_code == 201
    assert "not_held" in answer.json()["flags"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"company": ""}, "company"),
        ({"company": 5}, "company"),
        ({"company": None}, "company"),
        ({"company": "x" * 201}, "company"),
        ({"environment": "prod"}, "environment"),
        ({"environment": ["production"]}, "environment"),
        ({"scope": {"a": 1}}, "scope"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"issued_at": "yesterday"}, "issued_at"),
        ({"issued_at": "2099-01-01"}, "issued_at"),
        ({"issued_at": 20260105}, "issued_at"),
        ({"workspace_id": "x"}, "workspace_id"),
        ({"workspace_id": 2**63}, "workspace_id"),
        ({"workspace_id": True}, "workspace_id"),
        ({"label": "a\u0000b"}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"runbook_url": "javascript:alert(1)"}, "runbook_url"),
        ({"token": None}, "token"),
        ({"held": False}, "token"),
        ({"held": "maybe"}, "held"),
        ({"colour": "red"}, "non_field_errors"),
    ],
)
def test_a_bad_body_is_400_and_names_its_field(
    changes: dict[str, Any], field: str, admin: APIClient
) -> None:
    sent = body(**changes)
    answer = admin.post(TOKENS, sent, format="json")
    assert answer.status_code == 400, answer.text
    assert field in [error["attr"] for error in answer.json()["errors"]]
    assert str(sent["token"]) not in answer.text or sent["token"] is None
    assert not Token.objects.exists()
    assert not Company.objects.exists()


def bad_values() -> list[Any]:
    value = token_value()
    return [
        "short", f"{value}\n", f"{value}\x00", f"{value}\u2019", f"{value} x", value * 40,
        value * 50_000, [value], {"a": value}, 10**30, True, "",
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(12))
def test_a_malformed_token_is_400_without_an_echo(place: int, admin: APIClient) -> None:
    value = bad_values()[place]
    answer = admin.post(TOKENS, body(token=value), format="json")
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == ["token"]
    text = json.dumps(value)
    assert len(answer.text) < 400
    assert all(text[at : at + 8] not in answer.text for at in range(0, min(len(text), 200) - 8, 4))


@pytest.mark.parametrize(
    "field",
    [
        "company",
        "integration",
        "environment",
        "scope",
        "label",
        "where",
        "owner_email",
        "held",
        "issued_at",
        "workspace_id",
        "created_by_email",
        "runbook_url",
        "allow_shared",
    ],
)
def test_a_token_in_the_wrong_field_does_not_come_back(field: str, admin: APIClient) -> None:
    value = token_value()
    answer = admin.post(TOKENS, body(**{field: value}), format="json")
    assert answer.status_code == 400
    assert value not in answer.text
    assert value[8:20] not in answer.text


def test_a_known_value_and_a_taken_place_are_409(admin: APIClient) -> None:
    sent = body()
    assert admin.post(TOKENS, sent, format="json").status_code == 201
    again = admin.post(TOKENS, {**sent, "integration": "Other"}, format="json")
    assert again.status_code == 409
    assert "Supplier portal" in again.json()["detail"]
    assert sent["token"] not in again.text
    taken = admin.post(TOKENS, body(), format="json")
    assert taken.status_code == 409
    assert taken.json()["detail"].startswith("label: ")
    shared = admin.post(
        TOKENS, {**sent, "integration": "Other", "allow_shared": True}, format="json"
    )
    assert (shared.status_code, "shared" in shared.json()["flags"]) == (201, True)


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"token": NaN}', "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"token=x", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "application/xml", 415),
        (b" " * (3 * 1024 * 1024), "application/json", 413),
    ],
)
def test_what_is_no_json_object_is_refused_as_json(
    raw: bytes, kind: str, status: int, admin: APIClient
) -> None:
    answer = admin.post(TOKENS, data=raw, content_type=kind)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert len(answer.json()["detail"]) > 10


def test_an_error_nobody_foresaw_is_a_500_that_says_nothing(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = token_value()

    def fails(**_: Any) -> None:
        raise RuntimeError(value)

    monkeypatch.setattr("tokens.api.views.register_token", fails)
    answer = admin.post(TOKENS, body(token=value), format="json")
    assert answer.status_code == 500
    assert answer.json()["detail"]
    assert value not in answer.text


def test_an_entry_made_here_is_what_an_import_makes(admin: APIClient) -> None:
    entry = make_entry(
        value=None, label="x", where="vault", runbook_url="https://runbooks.example/1"
    )
    sent = body(held=False, label="x", where="vault", runbook_url="https://runbooks.example/1")
    del sent["token"]
    made = Token.objects.get(pk=admin.post(TOKENS, sent, format="json").json()["id"])
    assert (made.label, made.where, made.runbook_url) == (
        entry.label,
        entry.where,
        entry.runbook_url,
    )
