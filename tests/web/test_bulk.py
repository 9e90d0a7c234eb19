"""Acts on many tokens: chosen in the list, looked at, confirmed, told of."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import accepted, make_token
from tokens.models import AuditEvent, Policy, Revocation, Secret, Token
from tokens.web import bulk_acts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(bulk_acts, "wake_worker", sent.append)
    return sent


def choose(client: Client, action: str, *tokens: Token, **data: Any) -> Any:
    given = {"action": action, "ids": [str(token.pk) for token in tokens], **data}
    return client.post("/tokens/bulk/", given)


def form(answer: Any) -> dict[str, str]:
    """The hidden fields of the page's form."""
    page = answer.content.decode()
    found = dict(re.findall(r'type="hidden" name="(selection|mark)" value="([^"]+)"', page))
    return {str(name): str(value) for name, value in found.items()}


def preview(client: Client, action: str, *tokens: Token, **data: Any) -> Any:
    answer = client.get(choose(client, action, *tokens, **data)["Location"])
    assert answer.status_code == 200
    return answer


def save(client: Client, action: str, seen: Any, **data: str) -> Any:
    return client.post(f"/tokens/bulk/{action}/", {**form(seen), "step": "save", **data})


def owner_of(token: Token) -> str:
    return Token.objects.values_list("owner__email", flat=True).get(pk=token.pk) or ""


def test_the_list_offers_it_and_counts_what_matches(as_administrator: Client) -> None:
    tokens = [make_token(owner_email="") for _ in range(3)]
    page = as_administrator.get("/tokens/?flag=ownerless&flag=expiring").content.decode()
    assert "All 3 on this page" in page
    assert "All 3 that match" in page
    assert all(f'name="ids" value="{token.pk}" form="bulk"' in page for token in tokens)


def test_an_auditor_is_offered_nothing_and_may_nothing(as_auditor: Client) -> None:
    token = make_token()
    assert 'id="bulk"' not in as_auditor.get("/tokens/").content.decode()
    assert choose(as_auditor, "check", token).status_code == 403
    for action in ("check", "owner", "revocation"):
        assert as_auditor.get(f"/tokens/bulk/{action}/").status_code == 403
        assert as_auditor.post(f"/tokens/bulk/{action}/").status_code == 403


def test_checks_are_looked_at_then_asked_for(as_administrator: Client, woken: list[str]) -> None:
    held, lost = make_token(), make_token(value=None)
    seen = preview(as_administrator, "check", held, lost)
    page = seen.content.decode()
    assert "1 token would be checked" in page
    assert "its value is not held here, so it cannot be checked: 1" in page
    assert not AuditEvent.objects.filter(kind="token.check_requested").exists()
    answer = save(as_administrator, "check", seen)
    told = as_administrator.get(answer["Location"]).content.decode()
    assert "1 token will be checked in a moment" in told
    assert "1 was passed over" in told
    assert AuditEvent.objects.filter(kind="token.check_requested").count() == 1
    assert woken == ["tokens.sweep"]


def test_the_owner_is_shown_before_it_changes(as_administrator: Client) -> None:
    token = make_token(owner_email="old@acme.example")
    theirs = make_token(owner_email="new@acme.example")
    seen = preview(as_administrator, "owner", token, theirs)
    assert "Show what would happen" in seen.content.decode()
    looked = as_administrator.post(
        "/tokens/bulk/owner/", {**form(seen), "step": "look", "owner_email": "new@acme.example"}
    )
    page = looked.content.decode()
    assert "1 token would change hands, to new@acme.example" in page
    assert "it has this owner already: 1" in page
    assert owner_of(token) == "old@acme.example"
    save(as_administrator, "owner", looked, owner_email="new@acme.example")
    assert owner_of(token) == "new@acme.example"


def test_a_policy_is_chosen_by_hand_and_taken_back(as_administrator: Client) -> None:
    policy = Policy.objects.create(id=7, name="Short terms", rotate_days=30)
    token = make_token()
    url = "/tokens/bulk/policy/"
    for chosen, words in (("7", "Short terms"), ("", "By its place: none chosen by hand")):
        seen = preview(as_administrator, "policy", token)
        given = {**form(seen), "policy": chosen}
        looked = as_administrator.post(url, {**given, "step": "look"})
        assert f"1 token would go by another policy, to {words}" in looked.content.decode()
        save(as_administrator, "policy", looked, policy=chosen)
        token.refresh_from_db()
        assert token.assigned_policy == (policy if chosen else None)
    strange = as_administrator.post(url, {**form(preview(as_administrator, "policy", token)),
                                          "step": "look", "policy": "99"})  # fmt: skip
    assert strange.status_code == 400
    assert AuditEvent.objects.filter(kind="token.policy_changed").count() == 2


def test_another_owner_than_the_one_looked_at_is_shown_first(as_administrator: Client) -> None:
    token = make_token(owner_email="old@acme.example")
    seen = preview(as_administrator, "owner", token)
    answer = save(as_administrator, "owner", seen, owner_email="other@acme.example")
    assert answer.status_code == 400
    assert "would change hands, to other@acme.example" in answer.content.decode()
    assert owner_of(token) == "old@acme.example"


def test_a_revocation_asks_for_the_reason_and_the_number(
    as_administrator: Client, woken: list[str]
) -> None:
    tokens = [make_token(secret=accepted()) for _ in range(2)]
    seen = preview(as_administrator, "revocation", *tokens)
    told = {"reason": "project ended", "by": "ada@acme.example"}
    for wrong in ({"number": "1"}, {"number": ""}, {"number": "2", "reason": ""}):
        answer = save(as_administrator, "revocation", seen, **(told | wrong))
        assert answer.status_code == 400
    assert not Revocation.objects.exists()
    answer = save(as_administrator, "revocation", seen, **told, number="2")
    page = as_administrator.get(answer["Location"]).content.decode()
    assert "2 tokens are recorded as revoked" in page
    assert Revocation.objects.count() == 2
    assert AuditEvent.objects.filter(kind="revocation.recorded").count() == 2
    assert woken == ["tokens.sweep"]


def test_the_password_is_asked_for_before_and_the_choice_survives(
    as_administrator: Client,
) -> None:
    address = choose(as_administrator, "revocation", make_token())["Location"]
    session = as_administrator.session
    session["proved_at"] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    asked = as_administrator.get(address)["Location"]
    assert asked.startswith("/accounts/confirm/")
    assert parse_qs(urlsplit(asked).query)["next"] == [address]
    session = as_administrator.session
    session["proved_at"] = timezone.now().isoformat()
    session.save()
    page = as_administrator.get(address).content.decode()
    assert "1 token would be recorded as revoked" in page


def test_rows_of_the_same_value_are_announced(as_administrator: Client) -> None:
    token = make_token()
    twin = make_token()
    Token.objects.filter(pk=twin.pk).update(secret=token.secret_id)
    page = preview(as_administrator, "revocation", token).content.decode()
    assert "1 more token holds one of these values" in page


def test_all_that_match_are_looked_at_anew_at_the_end(as_administrator: Client) -> None:
    make_token(owner_email="")
    seen = preview(as_administrator, "check", which="all", back="flag=ownerless")
    late = make_token(owner_email="")
    answer = save(as_administrator, "check", seen)
    assert answer.status_code == 400
    assert "it would be 2 tokens now" in answer.content.decode()
    assert not AuditEvent.objects.filter(kind="token.check_requested").exists()
    Secret.objects.filter(pk=late.secret_id).update(next_check_at=None)
    again = save(as_administrator, "check", seen)
    assert again.status_code == 302


def test_the_whole_page_without_ticks(as_administrator: Client) -> None:
    tokens = [make_token() for _ in range(2)]
    on_page = ",".join(str(token.pk) for token in tokens)
    seen = preview(as_administrator, "check", which="page", on_page=on_page)
    assert "2 tokens would be checked" in seen.content.decode()


def test_nothing_chosen_leads_back_to_the_same_list(as_administrator: Client) -> None:
    answer = choose(as_administrator, "check", back="flag=ownerless")
    assert answer["Location"] == "/tokens/?flag=ownerless"
    for path in ("check/", "owner/", "done/"):
        strange = as_administrator.get(f"/tokens/bulk/{path}?selection={uuid4()}")
        assert strange["Location"] == "/tokens/"


@pytest.mark.parametrize(
    "given", [{"action": "destroy"}, {"action": "check", "ids": "x"}, {"back": "flag=nonsense"}]
)
def test_what_no_page_sends_is_refused(as_administrator: Client, given: dict[str, str]) -> None:
    data = {"action": "check", "ids": str(uuid4()), **given}
    assert as_administrator.post("/tokens/bulk/", data).status_code == 400


def test_it_is_done_once(as_administrator: Client) -> None:
    seen = preview(as_administrator, "check", make_token())
    save(as_administrator, "check", seen)
    assert save(as_administrator, "check", seen)["Location"] == "/tokens/"
    assert AuditEvent.objects.filter(kind="token.check_requested").count() == 1
