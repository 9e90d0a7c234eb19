"""Recording revocations and reporting use over the API; companies, integrations, schema, docs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import accepted, make_company, make_token
from tokens.models import AuditEvent, Integration, Revocation, Token, Usage
from tokens.models.secrets import Secret

TOKENS = "/api/v1/tokens/"


def revocation(token: Token) -> str:
    return f"{TOKENS}{token.pk}/revocation/"


def usage(token: Token) -> str:
    return f"{TOKENS}{token.pk}/usage/"


def test_nothing_recorded_is_said_as_such(admin: APIClient, token: Token) -> None:
    found = admin.get(revocation(token)).json()
    assert (found["token"], found["state"], found["proof"]) == (str(token.pk), "active", "none")
    assert (found["recorded_at"], found["suspects"], found["others_accepted"]) == (None, [], 0)


def test_a_revocation_is_recorded_with_who_and_why(admin: APIClient, token: Token) -> None:
    sent = {"reason": "left", "by": "fin@acme.example", "at": timezone.now().isoformat()}
    answer = admin.post(revocation(token), sent, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["state"], made["proof"], made["by"]) == ("revoked", "claimed", "fin@acme.example")
    assert made == admin.get(revocation(token)).json()
    assert AuditEvent.objects.filter(kind="revocation.recorded").count() == 1
    again = admin.post(revocation(token), sent, format="json")
    assert again.status_code == 409
    assert "recorded already" in again.json()["detail"]


def test_who_did_it_defaults_to_the_caller(admin: APIClient, token: Token) -> None:
    made = admin.post(revocation(token), {"reason": "left"}, format="json").json()
    assert made["by"] == made["recorded_by"] != ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "left", "by": "nobody"}, "by"),
        ({"reason": "left", "at": "soon"}, "at"),
        ({"reason": "left", "at": "2099-01-01T00:00:00Z"}, "at"),
        ({"reason": "left", "why": "x"}, "non_field_errors"),
    ],
)
def test_a_bad_recording_is_400_and_changes_nothing(
    body: dict[str, Any], field: str, admin: APIClient, token: Token
) -> None:
    answer = admin.post(revocation(token), body, format="json")
    assert answer.status_code == 400
    assert field in [error["attr"] for error in answer.json()["errors"]]
    assert not Revocation.objects.exists()


def test_a_contradicted_one_names_whom_it_may_have_hit(admin: APIClient, token: Token) -> None:
    now = timezone.now()
    hit = make_token(company=token.company, now=now, secret=accepted(now - timedelta(hours=1)))
    admin.post(revocation(token), {"reason": "left"}, format="json")
    Revocation.objects.update(proof="contradicted", contradicted_at=now)
    Secret.objects.filter(pk=hit.secret_id).update(suspect_since=now)
    assert admin.get(revocation(token)).json()["suspects"] == [str(hit.pk)]


def test_an_integration_reports_use(key: APIClient, admin: APIClient, token: Token) -> None:
    answer = key.post(usage(token))
    assert answer.status_code == 201
    assert answer.json()["token"] == str(token.pk)
    found = admin.get(f"{TOKENS}{token.pk}/").json()
    assert found["last_used_evidence"] == "report"
    seen = datetime.fromisoformat(found["last_used_at"])
    assert abs(timezone.now() - seen) < timedelta(minutes=1)
    token.integration.refresh_from_db()
    assert token.integration.first_reported_at is not None


def test_a_report_may_name_its_moment(key: APIClient, token: Token) -> None:
    Token.objects.update(issued_at=None)
    at = (timezone.now() - timedelta(hours=3)).replace(microsecond=0)
    answer = key.post(usage(token), {"seen_at": at.isoformat()}, format="json")
    assert answer.status_code == 201
    assert Usage.objects.get().last_seen_at == at


@pytest.mark.parametrize("seen_at", ["2099-01-01T00:00:00Z", "soon", 5, "2001-01-01"])
def test_an_impossible_moment_is_400(seen_at: Any, key: APIClient, token: Token) -> None:
    answer = key.post(usage(token), {"seen_at": seen_at}, format="json")
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == ["seen_at"]
    assert not Usage.objects.exists()


def test_companies_and_integrations_with_their_counts(admin: APIClient, token: Token) -> None:
    make_token(
        company=token.company, integration=token.integration, label="b", row={"state": "revoked"}
    )
    make_company("Zeta", workspace_id=7)
    companies = admin.get("/api/v1/companies/").json()
    assert [
        (each["name"], each["workspace_id"], each["tokens"]) for each in companies["results"]
    ] == [
        (token.company.name, None, 1),
        ("Zeta", 7, 0),
    ]
    assert (companies["next"], companies["previous"]) == (None, None)
    (found,) = admin.get("/api/v1/integrations/").json()["results"]
    assert (found["name"], found["tokens"], found["owner_email"]) == (token.integration.name, 1, "")
    assert Integration.objects.count() == 1


def test_a_made_up_cursor_of_companies_is_404_as_json(admin: APIClient) -> None:
    answer = admin.get("/api/v1/companies/", {"cursor": "x"})
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_the_schema_names_every_address_and_no_way_to_read_a_token(anonymous: APIClient) -> None:
    answer = anonymous.get("/api/schema/?format=json")
    assert answer.status_code == 200
    schema = answer.json()
    assert set(schema["paths"]) == {
        "/api/v1/tokens/",
        "/api/v1/tokens/{token_id}/",
        "/api/v1/tokens/bulk/",
        "/api/v1/tokens/{token_id}/revocation/",
        "/api/v1/tokens/{token_id}/usage/",
        "/api/v1/policies/",
        "/api/v1/policies/{policy_id}/",
        "/api/v1/tokens/{token_id}/policy/",
        "/api/v1/leaks/",
        "/api/v1/usage/",
        "/api/v1/companies/",
        "/api/v1/integrations/",
        "/api/v1/integrations/{integration_id}/consumers/",
        "/api/v1/integrations/{integration_id}/consumers/{consumer_id}/",
        "/api/v1/integrations/{integration_id}/second-contact/",
        "/api/v1/tokens/{token_id}/reminders/",
        "/api/v1/tokens/{token_id}/snooze/",
        "/api/v1/tokens/{token_id}/safe_to_revoke/",
        "/api/v1/channels/",
        "/api/v1/channels/{channel_id}/",
        "/api/v1/webhooks/",
        "/api/v1/webhooks/{channel_id}/",
        "/api/v1/deliveries/",
        "/api/v1/compliance/",
        "/api/v1/approvals/",
        "/api/v1/approvals/{approval_id}/",
        "/api/v1/approvals/{approval_id}/decision/",
        "/api/v1/exceptions/",
        "/api/v1/exceptions/{exception_id}/",
        "/api/v1/exceptions/{exception_id}/decision/",
        "/api/v1/reviews/",
        "/api/v1/reviews/{review_id}/",
        "/api/v1/reviews/{review_id}/decisions/",
    }
    assert "token" not in schema["components"]["schemas"]["Token"]["properties"]
    assert schema["components"]["schemas"]["NewToken"]["properties"]["token"]["writeOnly"] is True
    assert "ApiKey" in schema["components"]["securitySchemes"]


def test_the_docs_need_no_inline_script_and_no_other_host(anonymous: APIClient) -> None:
    page = anonymous.get("/api/docs/")
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "<style>" not in page.text
    assert "https://" not in page.text
