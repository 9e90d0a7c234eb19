"""Every route × method × caller, generated from the addresses: who gets in, and what it changes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests.factories import ACTOR, actor_of, make_account, make_token
from tests.web.conftest import signed_in
from tests.web.test_access import patterns
from tokens.models import Account, Approval, Incident, Mail, Person, Policy, PolicyException, Token
from tokens.policy.channels import Way
from tokens.services.approvals import ask_revocation
from tokens.services.calendars import make_calendar
from tokens.services.channels.add import Wanted, add_channel
from tokens.services.channels.change import ask_for_test
from tokens.services.consumers import add_consumer
from tokens.services.intake.draft import start_import
from tokens.services.reviews.start import Asked, start_review
from tokens.services.usage_keys import create_usage_key

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: Routes that answer whoever is signed in with no role at all, or nobody.
OPEN = {
    "healthz/",
    "readyz/",
    "metrics",
    "accounts/login/",
    "accounts/code/",
    "accounts/oidc/start/",
    "accounts/oidc/callback/",
    "accounts/welcome/<uidb64>/<token>/",
    "api/schema/",
    "api/docs/",
}
#: What an auditor may send: a question, and what concerns their own account.
AUDITOR_SENDS = {
    "identify/",
    "accounts/logout/",
    "accounts/password/",
    "accounts/login/",
    "accounts/confirm/",
    "accounts/sessions/end/",
    "accounts/security/",
    "accounts/security/passkeys/",
    "accounts/security/passkeys/offer/",
    "evidence/reviews/<uuid:review_id>/",
    "api/v1/reviews/<uuid:review_id>/decisions/",
    "preferences/",
    "notifications/calendar/",
}
#: What an auditor may not even look at: forms and pages whose only use is to write.
AUDITOR_NEVER = {
    "tokens/new/",
    "onboarding/",
    "tokens/bulk/check/",
    "tokens/bulk/owner/",
    "tokens/bulk/policy/",
    "tokens/bulk/revocation/",
    "tokens/import/",
    "tokens/import/template.csv",
    "tokens/import/<uuid:draft_id>/",
    "usage/import/",
    "usage/import/template.csv",
    "tokens/<uuid:token_id>/edit/",
    "tokens/<uuid:token_id>/snooze/",
    "tokens/<uuid:token_id>/rotate/",
    "tokens/<uuid:token_id>/revoke/",
    "companies/<uuid:company_id>/edit/",
    "companies/<uuid:company_id>/reconcile/",
    "integrations/<uuid:integration_id>/edit/",
    "integrations/<uuid:integration_id>/consumers/<uuid:consumer_id>/",
    "policies/change/",
    "policies/new/",
    "policies/<int:policy_id>/change/",
    "policies/<int:policy_id>/remove/",
    "tokens/<uuid:token_id>/policy/",
    "tokens/<uuid:token_id>/exceptions/new/",
    "approvals/<uuid:approval_id>/revocation/",
    "approvals/<uuid:approval_id>/key/",
    "team/",
    "evidence/reviews/new/",
    "notifications/channels/new/",
    "notifications/webhooks/new/",
    "notifications/channels/<uuid:channel_id>/edit/",
    "notifications/calendar/others/",
}
#: What an integration's key may do, with its own tokens.
KEY_READS = {"api/v1/tokens/", "api/v1/tokens/<uuid:token_id>/"}
KEY_SENDS = {"api/v1/tokens/<uuid:token_id>/usage/"}
NOT_COUNTED = {"tokens_browsersession", "axes_accesslog", "tokens_auditevent", "tokens_chainhead"}


@pytest.fixture
def ids(administrator: Account, auditor: Account) -> dict[str, Any]:
    now = timezone.now()
    token = make_token()
    make_token()  # of another integration
    key, plain = create_usage_key(integration=token.integration, actor=ACTOR, now=now)
    consumer = add_consumer(
        integration=token.integration, name="Nightly export", actor=ACTOR, now=now
    )
    incident = Incident.objects.create(begun_at=now, last_bad_at=now, watched=12, bad=9)
    mail = Mail.objects.create(
        recipient="x@acme.example", kind="reminder", message_id="<1@x>", created_at=now
    )
    exception = PolicyException.objects.create(
        token=token, flags=["overdue"], reason="x", ends_on=now.date(), asked_by="x@acme.example",
        asked_at=now,
    )  # fmt: skip
    draft = start_import(
        source=b"company,integration,environment,scope\nA,B,production,read\n",
        allow_shared=False,
        account=administrator,
        now=now,
    )
    hook = add_channel(
        way=Way.WEBHOOK, url="https://x.example/", wanted=Wanted("x"), actor=ACTOR, now=now
    ).channel
    link, _ = make_calendar(account=administrator, actor=ACTOR, now=now)
    return {
        "channel_id": hook.pk,
        "delivery_id": ask_for_test(channel=hook, actor=ACTOR, now=now).pk,
        "link_id": link.pk,
        "secret": "z",
        "draft_id": draft.pk,
        "token_id": token.pk,
        "company_id": token.company_id,
        "integration_id": token.integration_id,
        "account_id": auditor.pk,
        "key_id": key.pk,
        "consumer_id": consumer.pk,
        "person_id": person_of(token),
        "incident_id": incident.pk,
        "mail_id": mail.pk,
        "review_id": review_of(token, administrator),
        "exception_id": exception.pk,
        "approval_id": request_of(token).pk,
        "policy_id": Policy.objects.create(pk=2, name="x", scope="admin").pk,
        "uidb64": "x",
        "token": "y",
        "plain": plain,
    }


def request_of(token: Token) -> Approval:
    """What somebody else asked for and an administrator may approve."""
    asker = actor_of(make_account())
    now = timezone.now()
    return ask_revocation(token=token, reason="x", by="x@acme.example", actor=asker, now=now)


def review_of(token: Token, asked_by: Account) -> Any:
    """An open review of this token, which another account is to decide about."""
    asked = Asked(name="Review", due_on=timezone.now().date(), reviewer=asked_by)
    return start_review(asked=asked, asked_by=asked_by, actor=ACTOR, now=timezone.now()).pk


def person_of(token: Token) -> Any:
    """Somebody who owns a token, since a person without one has no page."""
    owner = Person.objects.create(email="owner@acme.example", created_at=token.stored_at)
    Token.objects.filter(pk=token.pk).update(owner=owner)
    return owner.pk


def routes() -> list[str]:
    return [route for route, _ in patterns(get_resolver()) if not route.startswith("^")]


def address(route: str, ids: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids[found[1]]), route)


def everything() -> dict[str, Any]:
    """All rows of all tables, but those that say who came."""
    return {
        model._meta.db_table: sorted(map(repr, _rows(model)))
        for model in apps.get_models()
        if model._meta.db_table not in NOT_COUNTED
    }


def _rows(model: Any) -> list[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields]
    return list(model._default_manager.values_list(*(n for n in names if n != "last_login")))


def ask(client: Client, ids: dict[str, Any], **headers: str) -> Iterator[tuple[str, str, int]]:
    """Every route by every method; what is the same for all answers is looked at here."""
    for route in routes():
        for method in METHODS:
            answer = client.generic(method, address(route, ids), b"", headers=headers)
            where = f"{method} {route}: {answer.status_code}"
            assert answer.status_code < 500, where
            assert "default-src 'self'" in answer["Content-Security-Policy"], where
            assert "unsafe" not in answer["Content-Security-Policy"], where
            assert answer["X-Content-Type-Options"] == "nosniff", where
            assert answer["X-Frame-Options"] == "DENY", where
            assert answer["Cache-Control"] == "no-store" or "no-cache" in answer["Cache-Control"]
            yield route, method, answer.status_code


def test_nobody_gets_in_anywhere(ids: dict[str, Any]) -> None:
    before = everything()
    wrong = [
        (route, method, status)
        for route, method, status in ask(Client(), ids)
        if status == 200 and route not in OPEN
    ]
    assert wrong == []
    assert everything() == before


def test_an_auditor_reads_and_changes_nothing(ids: dict[str, Any], auditor: Account) -> None:
    signed_in(auditor)
    before = everything()
    wrong = []
    for route in routes():
        client = signed_in(auditor)  # signing out is one of the routes
        for method in METHODS:
            status = client.generic(method, address(route, ids), b"").status_code
            writes = method not in {"GET", "HEAD", "OPTIONS"}
            closed = status in {401, 403, 404, 405, 415}
            if writes and route not in AUDITOR_SENDS | OPEN and not closed:
                wrong.append((route, method, status))
            if not writes and route in AUDITOR_NEVER and status != 403:
                wrong.append((route, method, status))
    assert wrong == []
    assert everything() == before


def test_an_auditor_with_real_forms_changes_nothing(
    ids: dict[str, Any], auditor: Account, administrator: Account
) -> None:
    """Empty forms may be refused for being empty: these are what an administrator would send."""
    client = signed_in(auditor)
    before = everything()
    sent: list[tuple[str, dict[str, str]]] = [
        ("tokens/new/", {"company": "A", "integration": "B", "environment": "production",
                         "scope": "read", "not_held": "on"}),
        ("onboarding/", {"step": "paste", "token": "x"}),
        ("tokens/bulk/", {"action": "check", "ids": "x"}),
        ("tokens/bulk/owner/", {"owner_email": "x@acme.example", "step": "save"}),
        ("tokens/bulk/revocation/", {"reason": "x", "by": "x@acme.example", "number": "1"}),
        ("tokens/<uuid:token_id>/check/", {}),
        ("usage/import/", {"source": "x", "confirm": "yes"}),
        ("tokens/<uuid:token_id>/edit/", {"label": "x"}),
        ("tokens/<uuid:token_id>/rotate/", {"step": "cancel"}),
        ("tokens/<uuid:token_id>/revoke/", {"reason": "x", "by": "x@acme.example"}),
        ("tokens/<uuid:token_id>/compromised/", {"reason": "x", "by": "x@acme.example"}),
        ("tokens/<uuid:token_id>/compromised/", {"step": "look"}),
        ("companies/<uuid:company_id>/edit/", {"name": "x"}),
        ("companies/<uuid:company_id>/proposal/", {"proposed": "1"}),
        ("companies/<uuid:company_id>/reconcile/", {"listed": "0", "rows-TOTAL_FORMS": "0",
                                                    "rows-INITIAL_FORMS": "0"}),
        ("integrations/<uuid:integration_id>/edit/", {"name": "x"}),
        ("integrations/<uuid:integration_id>/consumers/", {"name": "x", "environment": ""}),
        ("integrations/<uuid:integration_id>/consumers/<uuid:consumer_id>/", {"name": "x"}),
        ("integrations/<uuid:integration_id>/consumers/<uuid:consumer_id>/retire/", {}),
        ("tokens/<uuid:token_id>/consumers/", {"consumer": str(ids["consumer_id"])}),
        ("integrations/<uuid:integration_id>/keys/", {}),
        ("integrations/<uuid:integration_id>/keys/<uuid:key_id>/revoke/", {}),
        ("people/<uuid:person_id>/", {"leaving_on": "2999-01-01"}),
        ("people/<uuid:person_id>/reassign/", {"tokens": "", "new_owner_email": "x@acme.example",
                                               "step": "save"}),
        ("policies/change/", {"rotate_days": "9", "warn_days": "1", "unused_days": "9",
                              "stale_hours": "9", "overlap_days": "1", "step": "save"}),
        ("policies/new/", {"name": "x", "scope": "read", "rotate_days": "9", "warn_days": "1",
                           "unused_days": "9", "stale_hours": "9", "overlap_days": "1",
                           "step": "save"}),
        ("policies/<int:policy_id>/remove/", {}),
        ("tokens/<uuid:token_id>/policy/", {"policy": "2"}),
        ("tokens/<uuid:token_id>/exceptions/new/", {"flags": "overdue", "reason": "x",
                                                    "ends_on": "2026-12-01"}),
        ("exceptions/<uuid:exception_id>/", {"act": "approve"}),
        ("exceptions/<uuid:exception_id>/", {"act": "refuse", "reason": "x"}),
        ("exceptions/<uuid:exception_id>/", {"act": "withdraw"}),
        ("approvals/<uuid:approval_id>/revocation/", {"act": "approve"}),
        ("approvals/<uuid:approval_id>/key/", {"act": "collect"}),
        ("incidents/<uuid:incident_id>/", {}),
        ("evidence/reviews/new/", {"name": "x", "due_on": "2999-01-01", "reviewer": "x"}),
        ("evidence/reviews/<uuid:review_id>/close/", {"undecided": "yes"}),
        ("evidence/reviews/<uuid:review_id>/take-over/<uuid:account_id>/", {}),
        ("team/", {"email": "new@acme.example", "role": "administrator"}),
        ("team/<uuid:account_id>/role/", {"role": "administrator"}),
        ("team/<uuid:account_id>/second-factor/", {}),
        ("team/<uuid:account_id>/link/", {}),
        ("team/<uuid:account_id>/active/", {"active": "no"}),
        ("notifications/channels/new/", {"name": "y", "url": "ntfys://abc", "at_least": "notice"}),
        ("notifications/webhooks/new/", {"name": "y", "url": "https://y.example/",
                                         "at_least": "notice"}),
        ("notifications/channels/<uuid:channel_id>/edit/", {"step": "remove"}),
        ("notifications/channels/<uuid:channel_id>/edit/", {"step": "secret"}),
        ("notifications/channels/<uuid:channel_id>/test/", {}),
        ("notifications/deliveries/<uuid:delivery_id>/again/", {}),
        ("notifications/calendar/others/", {"make": "everything"}),
    ]  # fmt: skip
    answers = {route: client.post(address(route, ids), data).status_code for route, data in sent}
    assert set(answers.values()) == {403}, answers
    revoke = address("api/v1/tokens/<uuid:token_id>/revocation/", ids)
    given = {"reason": "x", "by": "x@acme.example"}
    assert client.post(revoke, given, content_type="application/json").status_code == 403
    assert everything() == before
    missing = {route for route in routes() if route.startswith(("team", "policies/change"))}
    assert missing <= set(answers)


def test_a_key_reaches_its_own_tokens_and_nothing_else(ids: dict[str, Any]) -> None:
    header = f"Api-Key {ids['plain']}"
    wrong = []
    for route, method, status in ask(Client(), ids, Authorization=header):
        if route in OPEN or status in {301, 302, 401, 403, 404, 405, 415}:
            continue
        reads = method in {"GET", "HEAD", "OPTIONS"} and route in KEY_READS | KEY_SENDS
        if not reads and not (method == "POST" and route in KEY_SENDS):
            wrong.append((route, method, status))
    assert wrong == []
    other = Token.objects.exclude(integration_id=ids["integration_id"]).get()
    for tail in ("", "usage/"):
        url = f"/api/v1/tokens/{other.pk}/{tail}"
        ways = (Client().get, Client().post) if not tail else (Client().post,)
        for way in ways:
            assert way(url, headers={"Authorization": header}).status_code in {403, 404, 405}
    listed = Client().get("/api/v1/tokens/?state=active", headers={"Authorization": header}).json()
    assert [row["id"] for row in listed["results"]] == [str(ids["token_id"])]


def test_an_administrator_meets_no_error(ids: dict[str, Any], administrator: Account) -> None:
    for route in routes():
        client = signed_in(administrator)
        for method in METHODS:
            status = client.generic(method, address(route, ids), b"").status_code
            assert status < 500, f"{method} {route}"


def test_every_form_is_refused_without_its_csrf_token(
    ids: dict[str, Any], administrator: Account
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    before = everything()
    accepted = []
    for route in routes():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            status = client.generic(method, address(route, ids), b"").status_code
            if status not in {403, 404, 405, 415}:
                accepted.append((route, method, status))
    assert accepted == []
    assert everything() == before
