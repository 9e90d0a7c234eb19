"""The pages of the two-person rule: asking, deciding, collecting; what they say and to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.factories import accepted, make_account, make_token
from tests.web.conftest import signed_in
from tokens.audit import Actor
from tokens.models import Account, ApiKey, Approval, Revocation, Token, UsageKey
from tokens.policy.two_people import Rule
from tokens.services.approvals import ask_api_key, ask_revocation

pytestmark = pytest.mark.django_db
ADA, BOB = "ada@acme.example", "bob@acme.example"
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def _the_rule(settings: Settings) -> None:
    settings.TWO_PERSON_RULE = frozenset(Rule)


@pytest.fixture
def token(db: None) -> Token:
    now = timezone.now()
    return make_token(now=now, secret=accepted(now))


@pytest.fixture
def bob(db: None) -> Client:
    return signed_in(make_account(BOB))


def asked(token: Token, who: str = ADA) -> Approval:
    return ask_revocation(
        token=token, reason="No longer used.", by=who, actor=Actor("account", who),
        now=timezone.now(),
    )  # fmt: skip


def asked_key(name: str = "Nightly") -> Approval:
    actor = Actor("account", ADA)
    return ask_api_key(name=name, permissions=[], days=30, actor=actor, now=timezone.now())


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def send(client: Client, one: Approval, act: str, where: str = "revocation", **more: str) -> str:
    answer = client.post(f"/approvals/{one.pk}/{where}/", {"act": act, **more}, follow=True)
    return answer.content.decode()


def outcome(one: Approval) -> str:
    return str(Approval.objects.values_list("outcome", flat=True).get(pk=one.pk))


def test_a_revocation_is_asked_for_and_recorded_once_another_approves(
    as_administrator: Client, bob: Client, token: Token
) -> None:
    page = text(as_administrator, f"/tokens/{token.pk}/revoke/")
    assert "Two people: another person approves" in page
    assert "Ask for approval" in page
    answer = as_administrator.post(
        f"/tokens/{token.pk}/revoke/", {"reason": "No longer used.", "by": ADA}
    )
    one = Approval.objects.get()
    assert answer.headers["Location"] == f"/approvals/{one.pk}/"
    assert not Revocation.objects.exists()
    mine = text(as_administrator, f"/approvals/{one.pk}/revocation/")
    assert 'value="withdraw"' in mine
    assert 'value="approve"' not in mine
    theirs = text(bob, f"/approvals/{one.pk}/revocation/")
    assert 'value="approve"' in theirs
    assert "No longer used." in theirs
    assert "Coolset accepted it" in theirs
    assert "It was approved." in send(bob, one, "approve")
    found = Revocation.objects.get()
    assert (found.recorded_by, found.approved_by) == (ADA, BOB)
    proof = text(bob, f"/tokens/{token.pk}/")
    assert f"Asked for by {ADA}, approved and so recorded by {BOB}" in proof


def test_the_token_says_who_asked_and_its_form_gives_way(
    as_administrator: Client, bob: Client, as_auditor: Client, token: Token
) -> None:
    one = asked(token)
    for client in (as_administrator, bob, as_auditor):
        page = text(client, f"/tokens/{token.pk}/")
        assert f"Revocation asked by {ADA},</b> <span>waits for another person." in page
        assert f"/approvals/{one.pk}/" in page
    form = text(bob, f"/tokens/{token.pk}/revoke/")
    assert "Somebody has asked for it already" in form
    assert "<form class=" not in form.split("<main", 1)[1]


def test_without_the_rule_nothing_is_asked(
    as_administrator: Client, token: Token, settings: Settings
) -> None:
    settings.TWO_PERSON_RULE = frozenset()
    assert "Two people" not in text(as_administrator, f"/tokens/{token.pk}/revoke/")
    as_administrator.post(f"/tokens/{token.pk}/revoke/", {"reason": "x", "by": ADA})
    assert Revocation.objects.get().approved_by == ""
    form = {"name": "Nightly", "days": "30"}
    made = as_administrator.post("/keys/", form).content.decode()
    assert "shown only now" in made
    assert not Approval.objects.exists()
    assert "Two people: exceptions." in text(as_administrator, "/policies/")


def test_once_the_rule_is_off_what_waits_keeps_nobody_from_recording(
    as_administrator: Client, token: Token, settings: Settings
) -> None:
    one = asked(token)
    settings.TWO_PERSON_RULE = frozenset()
    assert "Record revocation</button>" in text(as_administrator, f"/tokens/{token.pk}/revoke/")
    as_administrator.post(f"/tokens/{token.pk}/revoke/", {"reason": "x", "by": ADA})
    assert Revocation.objects.exists()
    assert outcome(one) == "overtaken"


def test_nobody_approves_their_own_whatever_they_send(
    as_administrator: Client, bob: Client, token: Token
) -> None:
    one, key = asked(token), asked_key()
    assert "somebody else must" in send(as_administrator, one, "approve")
    assert "somebody else must" in send(as_administrator, key, "approve", "key")
    assert (outcome(one), outcome(key)) == ("asked", "asked")
    assert "Only who asked for it" in send(bob, one, "withdraw")
    assert send(as_administrator, one, "withdraw")
    assert outcome(one) == "withdrawn"


def test_a_refusal_needs_a_reason_and_is_kept(bob: Client, token: Token) -> None:
    make_account(ADA)
    one = asked(token)
    answer = bob.post(f"/approvals/{one.pk}/revocation/", {"act": "refuse", "reason": ""})
    assert answer.status_code == 400
    assert "Say why: it" in answer.content.decode()
    page = send(bob, one, "refuse", reason="It is still in use.")
    assert f"{BOB} refused it on" in page
    assert "It is still in use." in page


@pytest.mark.parametrize("act", ["", "end", "collect"])
def test_other_acts_are_none(bob: Client, token: Token, act: str) -> None:
    one = asked(token)
    assert bob.post(f"/approvals/{one.pk}/revocation/", {"act": act}).status_code == 400


def test_each_kind_has_its_own_address(bob: Client, token: Token) -> None:
    one, key = asked(token), asked_key()
    for wrong in (f"{one.pk}/key/", f"{key.pk}/revocation/", f"{NOWHERE}/", f"{NOWHERE}/key/"):
        assert bob.get(f"/approvals/{wrong}").status_code == 404
        assert bob.post(f"/approvals/{wrong}", {"act": "approve"}).status_code in {404, 405}


def test_an_auditor_looks_and_decides_nothing(as_auditor: Client, token: Token) -> None:
    one, key = asked(token), asked_key()
    assert "It waits for another person." in text(as_auditor, f"/approvals/{one.pk}/")
    assert f"/approvals/{one.pk}/revocation/" not in text(as_auditor, f"/approvals/{one.pk}/")
    assert "Nightly" in text(as_auditor, "/approvals/")
    for each, where in ((one, "revocation"), (key, "key")):
        assert as_auditor.get(f"/approvals/{each.pk}/{where}/").status_code == 403
        sent = as_auditor.post(f"/approvals/{each.pk}/{where}/", {"act": "approve"})
        assert sent.status_code == 403


def test_a_key_is_shown_to_its_asker_once_and_to_nobody_else(
    as_administrator: Client, bob: Client
) -> None:
    assert "Ask for a key" in text(as_administrator, "/keys/")
    as_administrator.post("/keys/", {"name": "Nightly", "days": "30", "permissions": ["check"]})
    one = Approval.objects.get()
    assert not ApiKey.objects.exists()
    assert "waits for approval" in text(bob, "/keys/")
    page = text(bob, f"/approvals/{one.pk}/key/")
    assert "Ask for checks" in page
    assert "30 days" in page
    send(bob, one, "approve", "key")
    assert 'value="collect"' not in text(bob, f"/approvals/{one.pk}/key/")
    assert "ctgk_" not in send(bob, one, "collect", "key")
    assert not ApiKey.objects.exists()
    assert "Approved: collect them" in text(as_administrator, "/approvals/")
    assert 'value="collect"' in text(as_administrator, f"/approvals/{one.pk}/key/")
    shown = as_administrator.post(f"/approvals/{one.pk}/key/", {"act": "collect"})
    (plain,) = re.findall(r"ctgk_[A-Za-z0-9_-]{43}", shown.content.decode())
    assert shown["Cache-Control"] == "no-store"
    assert Client().get(
        "/api/v1/tokens/", headers={"Authorization": f"Api-Key {plain}"}
    ).status_code == 200  # fmt: skip
    for client in (as_administrator, bob):
        for url in (f"/approvals/{one.pk}/", f"/approvals/{one.pk}/key/", "/keys/", "/audit/"):
            assert plain not in text(client, url)
    assert plain not in send(as_administrator, one, "collect", "key")
    assert ApiKey.objects.count() == 1


def test_a_key_of_an_integration_too(as_administrator: Client, bob: Client, token: Token) -> None:
    place = f"/integrations/{token.integration_id}/"
    assert "Ask for a key" in text(as_administrator, place)
    as_administrator.post(f"{place}keys/")
    one = Approval.objects.get()
    assert "A key was asked for" in text(bob, place)
    bob.post(f"{place}keys/")
    assert Approval.objects.count() == 1
    send(bob, one, "approve", "key")
    shown = as_administrator.post(f"/approvals/{one.pk}/key/", {"act": "collect"})
    assert re.search(r"ctg_[A-Za-z0-9_-]{43}", shown.content.decode())
    assert UsageKey.objects.count() == 1


def test_ending_a_key_needs_nobody_else(as_administrator: Client, bob: Client) -> None:
    one = asked_key()
    send(bob, one, "approve", "key")
    as_administrator.post(f"/approvals/{one.pk}/key/", {"act": "collect"})
    key = ApiKey.objects.get()
    as_administrator.post(f"/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_marking_compromised_stays_immediate(as_administrator: Client, token: Token) -> None:
    as_administrator.post(
        f"/tokens/{token.pk}/compromised/", {"reason": "It stood in a log.", "by": ADA}
    )
    token.secret.refresh_from_db()
    assert token.secret.compromise.reason == "It stood in a log."


def test_many_are_asked_for_together(as_administrator: Client, bob: Client) -> None:
    now = timezone.now()
    tokens = [make_token(now=now, secret=accepted(now)) for _ in range(3)]
    ids = [str(each.pk) for each in tokens]
    chosen = as_administrator.post("/tokens/bulk/", {"action": "revocation", "ids": ids})
    page = text(as_administrator, chosen.headers["Location"])
    assert "Another person approves before anything is recorded" in page
    (mark,) = re.findall(r'name="mark" value="([^"]+)"', page)
    (selection,) = re.findall(r'name="selection" value="([^"]+)"', page)
    sent = {"mark": mark, "selection": selection, "reason": "Gone.", "by": ADA, "number": "3"}
    done = as_administrator.post("/tokens/bulk/revocation/", {**sent, "step": "save"})
    one = Approval.objects.get()
    assert done.headers["Location"] == f"/approvals/{one.pk}/"
    assert not Revocation.objects.exists()
    theirs = text(bob, f"/approvals/{one.pk}/revocation/")
    for each in tokens:
        assert f"/tokens/{each.pk}/" in theirs
    send(bob, one, "approve")
    assert Revocation.objects.filter(approved_by=BOB).count() == 3


def test_what_waits_is_on_to_do_of_the_others(
    as_administrator: Client, bob: Client, as_auditor: Client, token: Token
) -> None:
    one = asked(token)
    assert "A request waits for a second person." in text(bob, "/")
    assert f"/approvals/{one.pk}/revocation/" in text(bob, "/")
    assert "A request waits" not in text(as_administrator, "/")
    assert f'href="/approvals/{one.pk}/"' in text(as_auditor, "/")
    send(bob, one, "refuse", reason="No.")
    assert "A request waits" not in text(bob, "/")


def test_who_is_alone_is_told_on_every_page_where_it_matters(
    administrator: Account, as_administrator: Client, token: Token
) -> None:
    one = asked(token)
    places = (f"/approvals/{one.pk}/revocation/", "/keys/", "/team/")
    for url in (f"/tokens/{make_token(now=timezone.now()).pk}/revoke/", *places):
        assert "Nobody else can approve." in text(as_administrator, url), url
    make_account(BOB)
    for url in places:
        assert "Nobody else can approve." not in text(as_administrator, url), url


def test_team_and_policies_say_what_needs_two(as_administrator: Client) -> None:
    words = "Two people: recording a revocation, making a key and exceptions."
    for url in ("/team/", "/policies/"):
        assert words in text(as_administrator, url)


def test_the_list_shows_what_waits_what_is_mine_and_what_is_past(
    as_administrator: Client, bob: Client, token: Token
) -> None:
    assert "No request yet" in text(bob, "/approvals/")
    one = asked(token)
    send(bob, asked_key("Old"), "refuse", "key", reason="No.")
    asked_key()
    mine, theirs = text(as_administrator, "/approvals/"), text(bob, "/approvals/")
    assert "<h2>You asked for</h2>" in mine
    assert "<h2>Waiting for another person</h2>" not in mine
    assert "<h2>Waiting for another person</h2>" in theirs
    for page in (mine, theirs):
        assert "<h2>Past</h2>" in page
        assert one.about in page


def test_what_lapsed_is_said_before_anybody_writes_it_down(bob: Client, token: Token) -> None:
    make_account(ADA)
    one = asked(token)
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = text(bob, f"/approvals/{one.pk}/revocation/")
    assert "Its time passed." in page
    assert 'value="approve"' not in page
    assert "longer than seven days" in send(bob, one, "approve")


def test_a_password_is_asked_for_before_asking_and_before_approving(
    administrator: Account, token: Token
) -> None:
    one, later = asked(token, BOB), timezone.now() + timedelta(minutes=11)
    client = signed_in(administrator)
    with time_machine.travel(later, tick=False):
        for url in (f"/approvals/{one.pk}/revocation/", f"/tokens/{token.pk}/revoke/", "/keys/"):
            assert "/accounts/confirm/" in client.get(url).headers.get("Location", ""), url
            sent = client.post(url, {"act": "approve", "reason": "x", "by": ADA})
            assert "/accounts/confirm/" in sent.headers["Location"], url
    assert outcome(one) == "asked"
