"""Pages of several policies: the list, the two steps, removal, and a token's own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ACTOR, make_company, make_integration, make_token
from tokens.models import AuditEvent, Policy, Token
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.settings import Rules
from tokens.services.create_policy import create_policy

pytestmark = pytest.mark.django_db

FIELDS: dict[str, Any] = {
    "name": "Admin scope", "company": "", "integration": "", "environment": "", "scope": "admin",
    "rotate_days": 30, "warn_days": 7, "unused_days": 30, "stale_hours": 48, "overlap_days": 7,
    "thresholds": "",
}  # fmt: skip


def create(name: str = "Admin scope", days: int = 30, **place: Any) -> Policy:
    rules = Rules(rotate_days=days, warn_days=7, thresholds=(7, 0))
    proposal = PolicyFacts(0, name, rules, **(place or {"scope": "admin"}))
    return create_policy(proposal=proposal, actor=ACTOR, now=timezone.now())


def admin_token(age: int = 40, **fields: Any) -> Token:
    now = timezone.now()
    return make_token(scope="admin", issued_at=now - timedelta(days=age), now=now, **fields)


def test_the_list_shows_the_most_specific_first_with_its_tokens(as_auditor: Client) -> None:
    admin_token()
    make_token(scope="read")
    integration = make_integration("Supplier portal")
    wide, narrow = create(), create("Portal", 60, integration=integration.pk, scope="admin")
    answer = as_auditor.get("/policies/")
    assert [(row.title, row.tokens) for row in answer.context["rows"]] == [
        ("Portal", 0),
        ("Admin scope", 1),
        ("Base policy", 1),
    ]
    page = answer.content.decode()
    assert "admin tokens of Supplier portal" in page
    assert f"/tokens/?policy={wide.pk}" in page
    assert f"/policies/{narrow.pk}/change/" not in page


def test_a_new_policy_is_first_only_shown(as_administrator: Client) -> None:
    token = admin_token()
    answer = as_administrator.post("/policies/new/", {**FIELDS, "step": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "It applies to <b>1</b> token." in page
    assert f'<a href="/tokens/{token.pk}/">' in page
    assert [(words, one.after) for words, one in answer.context["preview"] if one.more] == [
        ("Overdue", 1)
    ]
    assert not Policy.objects.exists()
    done = as_administrator.post("/policies/new/", {**FIELDS, "step": "save"})
    assert (done.status_code, done["Location"]) == (302, "/policies/")
    made = Policy.objects.get(name="Admin scope")
    assert (made.scope, made.thresholds) == ("admin", "14, 7, 1, 0")
    token.refresh_from_db()
    assert token.policy == made
    assert AuditEvent.objects.get(kind="policy.created").actor_name == "ada@acme.example"


def test_a_policy_is_changed_in_two_steps(as_administrator: Client) -> None:
    make_company("Acme GmbH")
    policy, token = create(), admin_token(company_name="Acme GmbH")
    address = f"/policies/{policy.pk}/change/"
    shown = as_administrator.get(address).content.decode()
    assert 'value="Admin scope"' in shown
    data = {**FIELDS, "company": "Acme GmbH", "rotate_days": 60, "thresholds": "0, 5"}
    page = as_administrator.post(address, {**data, "step": "preview"}).content.decode()
    assert "Company: any → <b>Acme GmbH</b>" in page
    assert "Rotate every (days): 30 → <b>60</b>" in page
    assert as_administrator.post(address, {**data, "step": "save"}).status_code == 302
    policy.refresh_from_db()
    assert (policy.company, policy.rotate_days, policy.thresholds) == (token.company, 60, "5, 0")


def test_nothing_changed_offers_no_confirmation(as_administrator: Client) -> None:
    policy = create()
    data = {**FIELDS, "thresholds": "7, 0", "step": "preview"}
    page = as_administrator.post(f"/policies/{policy.pk}/change/", data).content.decode()
    assert "These are the numbers in force already." in page
    assert 'value="save"' not in page


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"company": "Nobody Ltd"}, "company"),
        ({"integration": "Nothing"}, "integration"),
        ({"scope": "all"}, "scope"),
        ({"rotate_days": 5}, "warn_days"),
        ({"thresholds": "soon"}, "thresholds"),
        ({"thresholds": "30, 7"}, "thresholds"),
        ({"name": "admin scope", "scope": "read"}, "name"),
        ({"name": "Other"}, "scope"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "save"])
def test_the_form_names_what_is_wrong(
    as_administrator: Client, step: str, sent: dict[str, Any], field: str
) -> None:
    create()
    data = {**FIELDS, "name": "Wanted", **sent, "step": step}
    answer = as_administrator.post("/policies/new/", data)
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {field})
    assert Policy.objects.count() == 2


def test_a_token_typed_as_a_name_is_refused_and_not_shown_again(as_administrator: Client) -> None:
    value = "sk_" + "live_" + "0123456789abcdef" * 2
    answer = as_administrator.post("/policies/new/", {**FIELDS, "name": value, "step": "preview"})
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_removal_says_what_would_follow_first(as_administrator: Client) -> None:
    policy, token = create(), admin_token()
    address = f"/policies/{policy.pk}/remove/"
    page = as_administrator.get(address).content.decode()
    assert "1 token would go by the next most specific policy instead." in page
    assert Policy.objects.filter(pk=policy.pk).exists()
    assert as_administrator.post(address).status_code == 302
    assert not Policy.objects.filter(pk=policy.pk).exists()
    token.refresh_from_db()
    assert token.policy is None
    assert as_administrator.get(address).status_code == 404


def test_the_base_policy_has_its_own_page_and_no_removal(as_administrator: Client) -> None:
    assert as_administrator.get(f"/policies/{BASE}/change/")["Location"] == "/policies/change/"
    assert as_administrator.get(f"/policies/{BASE}/remove/").status_code == 404
    assert as_administrator.post(f"/policies/{BASE}/remove/").status_code == 404


def test_the_base_policy_has_thresholds_too(as_administrator: Client) -> None:
    numbers = {name: FIELDS[name] for name in FIELDS if name.endswith(("days", "hours"))}
    data = {**numbers, "rotate_days": 90, "warn_days": 14, "thresholds": "5 10", "step": "save"}
    assert as_administrator.post("/policies/change/", data).status_code == 302
    assert Policy.objects.get(pk=BASE).thresholds == "10, 5"
    assert "10 and 5 days left" in as_administrator.get("/policies/").content.decode()


def test_the_tokens_page_says_which_policy_holds_and_why(as_auditor: Client) -> None:
    token = admin_token()
    page = as_auditor.get(f"/tokens/{token.pk}/").content.decode()
    assert "90 days: the base policy, which applies to all tokens." in page
    create()
    page = as_auditor.get(f"/tokens/{token.pk}/").content.decode()
    assert "30 days: policy “Admin scope” applies to admin tokens; it is more specific" in page
    assert "Since <" in page
    assert f"/tokens/{token.pk}/policy/" not in page


def test_a_policy_is_chosen_by_hand_with_its_due_day_in_sight(as_administrator: Client) -> None:
    token = admin_token()
    create()
    hand = create("Legacy", 180, environment="development")
    address = f"/tokens/{token.pk}/policy/"
    assert f'href="{address}"' in as_administrator.get(f"/tokens/{token.pk}/").content.decode()
    page = as_administrator.get(address).content.decode()
    assert token.issued_at is not None
    due = token.issued_at + timedelta(days=180)
    assert f"Legacy, 180 days: due {due.day} {due:%b %Y}" in page
    assert "By its place: Admin scope, 30 days: due" in page
    assert ", overdue" in page
    assert as_administrator.post(address, {"policy": hand.pk}).status_code == 302
    page = as_administrator.get(f"/tokens/{token.pk}/").content.decode()
    assert "180 days: policy “Legacy” was chosen for this token by hand." in page
    assert "by its place → Legacy" in page
    assert as_administrator.post(address, {"policy": "99"}).status_code == 400
    as_administrator.post(address, {"policy": ""})
    token.refresh_from_db()
    assert token.assigned_policy is None


def test_a_revoked_token_has_no_policy_to_choose(as_administrator: Client) -> None:
    token = make_token(row={"state": "revoked"})
    answer = as_administrator.get(f"/tokens/{token.pk}/policy/")
    assert answer["Location"] == f"/tokens/{token.pk}/"
    page = as_administrator.get(f"/tokens/{token.pk}/").content.decode()
    assert 'id="policy"' not in page


def test_the_inventory_filters_by_policy(as_auditor: Client) -> None:
    token = admin_token()
    make_token(scope="read")
    assert 'name="policy"' not in as_auditor.get("/tokens/").content.decode()
    policy = create()
    answer = as_auditor.get(f"/tokens/?policy={policy.pk}")
    assert set(re.findall(r'href="/tokens/([0-9a-f-]{36})/"', answer.content.decode())) == {
        str(token.pk)
    }
    assert '<option value="1">Base policy</option>' in answer.content.decode()
    assert as_auditor.get("/tokens/?policy=x").status_code == 302


def test_many_policies_ask_no_more_queries(as_administrator: Client) -> None:
    token = admin_token()
    counts = []
    for name in ("One", "Two", "Three"):
        create(name, integration=make_integration().pk)
        with CaptureQueriesContext(connection) as caught:
            for address in ("/policies/", "/", "/tokens/", f"/tokens/{token.pk}/"):
                assert as_administrator.get(address).status_code == 200
        counts.append(len(caught))
    assert counts[1] == counts[2]
