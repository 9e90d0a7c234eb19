"""The pages of exceptions: asking, deciding, ending; what they say and who may do what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, accepted, make_account, make_token
from tests.web.conftest import signed_in
from tokens.models import PolicyException, Token
from tokens.policy.days import utc_day
from tokens.services.exceptions import approve_exception, ask_exception
from tokens.services.exceptions.effects import settle_effects

pytestmark = pytest.mark.django_db
BOB = "bob@acme.example"


def today() -> date:
    return utc_day(timezone.now())


@pytest.fixture
def late(db: None) -> Token:
    now = timezone.now()
    return make_token(issued_at=now - timedelta(days=100), now=now, secret=accepted(now))


@pytest.fixture
def bob(db: None) -> Client:
    return signed_in(make_account(BOB))


def form(**changes: Any) -> dict[str, Any]:
    end = (today() + timedelta(days=20)).isoformat()
    return {"flags": ["overdue"], "reason": "After Easter.", "ends_on": end, **changes}


def ask(token: Token, by: str = "ada@acme.example", days: int = 20) -> PolicyException:
    now = timezone.now()
    return ask_exception(
        token=token, flags=["overdue"], reason="After Easter.",
        ends_on=utc_day(now) + timedelta(days=days), by=by, actor=ACTOR, now=now,
    )  # fmt: skip


def in_force(token: Token, days: int = 20) -> PolicyException:
    now = timezone.now()
    return approve_exception(exception=ask(token, days=days), by=BOB, actor=ACTOR, now=now)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_token_to_an_approval(as_administrator: Client, bob: Client, late: Token) -> None:
    page = text(as_administrator, f"/tokens/{late.pk}/")
    assert f"/tokens/{late.pk}/exceptions/new/" in page
    asked = as_administrator.post(f"/tokens/{late.pk}/exceptions/new/", form())
    exception = PolicyException.objects.get()
    assert asked.headers["Location"] == f"/exceptions/{exception.pk}/"
    assert (exception.asked_by, exception.flags) == ("ada@acme.example", ["overdue"])
    mine = text(as_administrator, f"/exceptions/{exception.pk}/")
    assert 'value="withdraw"' in mine
    assert 'value="approve"' not in mine
    assert 'value="approve"' in text(bob, f"/exceptions/{exception.pk}/")
    bob.post(f"/exceptions/{exception.pk}/", {"act": "approve"})
    exception.refresh_from_db()
    assert (exception.decision, exception.decided_by) == ("approved", BOB)
    assert "What it names is silent through" in text(bob, f"/exceptions/{exception.pk}/")


def test_the_form_offers_what_stands_first(as_administrator: Client, late: Token) -> None:
    page = text(as_administrator, f"/tokens/{late.pk}/exceptions/new/")
    first, rest = page.split("<fieldset")[1].split("<details", 1)
    assert 'value="overdue" checked' in first
    assert 'value="expiring"' not in first
    assert 'value="ownerless">' in rest
    for word in ("compromised", "failing", "exception_ended"):
        assert f'value="{word}"' not in page


def test_of_several_that_stand_none_is_chosen_for_the_asker(as_administrator: Client) -> None:
    now = timezone.now()
    token = make_token(issued_at=now - timedelta(days=100), now=now, value=None)
    page = text(as_administrator, f"/tokens/{token.pk}/exceptions/new/")
    assert '" checked>' not in page
    first = page.split("<fieldset")[1].split("<details", 1)[0]
    assert 'value="overdue"' in first
    assert 'value="not_held"' in first


def test_what_is_silenced_now_may_be_asked_for_anew(
    as_administrator: Client, bob: Client, late: Token
) -> None:
    in_force(late)
    page = text(as_administrator, f"/tokens/{late.pk}/exceptions/new/")
    first = page.split("<fieldset")[1].split("<details", 1)[0]
    assert 'value="overdue" checked' in first


def test_what_is_due_soon_is_offered_with_what_it_turns_into(as_administrator: Client) -> None:
    now = timezone.now()
    soon = make_token(issued_at=now - timedelta(days=85), now=now, secret=accepted(now))
    page = text(as_administrator, f"/tokens/{soon.pk}/exceptions/new/")
    first = page.split("<fieldset")[1].split("<details", 1)[0]
    assert 'value="overdue" checked' in first
    assert 'value="expiring" checked' in first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"flags": []}, "id_flags"),
        ({"flags": ["compromised"]}, "id_flags"),
        ({"reason": ""}, "id_reason"),
        ({"ends_on": ""}, "id_ends_on"),
        ({"ends_on": "2001-01-01"}, "id_ends_on"),
        ({"ends_on": "2999-01-01"}, "id_ends_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    as_administrator: Client, late: Token, changes: dict[str, Any], field: str
) -> None:
    answer = as_administrator.post(f"/tokens/{late.pk}/exceptions/new/", form(**changes))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{field}_error"' in page
    assert f'href="#{field}"' in page
    assert not PolicyException.objects.exists()


def test_a_token_in_the_reason_is_refused_and_not_shown_again(
    as_administrator: Client, late: Token
) -> None:
    value = "sk_" + "live_" + "0a1b2c3d4e5f"
    answer = as_administrator.post(f"/tokens/{late.pk}/exceptions/new/", form(reason=value))
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_a_single_administrator_is_told_that_nobody_can_approve(
    as_administrator: Client, late: Token
) -> None:
    words = "An exception needs two administrators"
    assert words in text(as_administrator, f"/tokens/{late.pk}/exceptions/new/")
    exception = ask(late)
    for url in (f"/exceptions/{exception.pk}/", "/exceptions/"):
        assert words in text(as_administrator, url)
    make_account(BOB)
    for url in (f"/exceptions/{exception.pk}/", "/exceptions/"):
        assert words not in text(as_administrator, url)


def test_nobody_approves_their_own_request(as_administrator: Client, late: Token) -> None:
    exception = ask(late)
    answer = as_administrator.post(f"/exceptions/{exception.pk}/", {"act": "approve"}, follow=True)
    assert "somebody else must" in answer.content.decode()
    exception.refresh_from_db()
    assert exception.decision == "asked"


def test_a_refusal_needs_a_reason(as_administrator: Client, bob: Client, late: Token) -> None:
    exception = ask(late)
    bare = bob.post(f"/exceptions/{exception.pk}/", {"act": "refuse"})
    assert bare.status_code == 400
    assert "Say why: it is required." in bare.content.decode()
    bob.post(f"/exceptions/{exception.pk}/", {"act": "refuse", "reason": "Rotate it."})
    assert "Rotate it." in text(as_administrator, f"/exceptions/{exception.pk}/")


def test_withdrawn_and_ended(as_administrator: Client, bob: Client, late: Token) -> None:
    exception = ask(late)
    as_administrator.post(f"/exceptions/{exception.pk}/", {"act": "withdraw"})
    assert "It was withdrawn." in text(bob, f"/exceptions/{exception.pk}/")
    second = in_force(late)
    bob.post(f"/exceptions/{second.pk}/", {"act": "end"})
    assert "ended it" in text(bob, f"/exceptions/{second.pk}/")
    unknown = bob.post(f"/exceptions/{second.pk}/", {"act": "sing"})
    assert unknown.status_code == 400


def test_nothing_looks_healthy_by_silence(
    as_administrator: Client, bob: Client, late: Token
) -> None:
    until = in_force(late).ends_on
    short = f"Excepted until {until.day} {until:%b}"
    assert short in text(as_administrator, "/tokens/")
    page = text(as_administrator, f"/tokens/{late.pk}/")
    assert short in page
    assert "Overdue: an exception silences it until then." in page
    assert "Silenced until then: overdue." in page
    assert "An exception silences its reminders until" in page
    assert "Overdue" not in text(as_administrator, "/tokens/").split("<table")[0]
    assert "10 days overdue" not in text(as_administrator, "/")
    assert "1 excepted is not counted in." in text(as_administrator, "/")


def test_what_waits_stands_on_to_do_of_others_alone(
    as_administrator: Client, bob: Client, late: Token
) -> None:
    exception = ask(late)
    assert f"/exceptions/{exception.pk}/" in text(bob, "/")
    assert "An exception waits for approval." not in text(as_administrator, "/")


def test_what_has_ended_stands_on_to_do(as_administrator: Client, late: Token) -> None:
    make_account(BOB)
    exception = in_force(late)
    yesterday = today() - timedelta(days=1)
    PolicyException.objects.update(ends_on=yesterday)
    settle_effects(late.pk)
    page = text(as_administrator, "/")
    assert f"Its exception ended on {yesterday.day} {yesterday:%b}" in page
    assert "10 days overdue." in page
    assert "Exception ended" in text(as_administrator, f"/tokens/{late.pk}/")
    shown = text(as_administrator, f"/exceptions/{exception.pk}/")
    assert f"/tokens/{late.pk}/exceptions/new/" in shown
    as_administrator.post(f"/exceptions/{exception.pk}/", {"act": "end"})
    assert "Its exception ended" not in text(as_administrator, "/")


def test_the_list_has_its_sections(as_administrator: Client, bob: Client, late: Token) -> None:
    assert "No exception yet" in text(as_administrator, "/exceptions/")
    ask(late)
    in_force(make_token(), days=3)
    ask(make_token(), by=BOB)
    page = text(as_administrator, "/exceptions/")
    for words in ("Waiting for you", "You asked for", "In force", "ends soon"):
        assert words in page
    assert "/exceptions/" in text(as_administrator, "/policies/")


def test_an_auditor_looks_and_does_not_act(
    as_auditor: Client, administrator: Any, bob: Client, late: Token
) -> None:
    exception = ask(late)
    page = text(as_auditor, f"/exceptions/{exception.pk}/")
    assert "<form" not in page.split("<main")[1]
    assert as_auditor.post(f"/exceptions/{exception.pk}/", {"act": "approve"}).status_code == 403
    assert as_auditor.get(f"/tokens/{late.pk}/exceptions/new/").status_code == 403
    assert "exceptions/new/" not in text(as_auditor, f"/tokens/{late.pk}/")


def test_what_is_not_there(as_administrator: Client) -> None:
    nowhere = "00000000-0000-7000-8000-000000000000"
    for url in (f"/exceptions/{nowhere}/", f"/tokens/{nowhere}/exceptions/new/"):
        assert as_administrator.get(url).status_code == 404
