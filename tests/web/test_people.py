"""People: the list, one of them, leaving, and reassigning after a preview."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_token
from tokens.models import AuditEvent, Person, Token
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
ANNA, BEN = "anna@acme.example", "ben@acme.example"


@pytest.fixture
def anna() -> Person:
    now = timezone.now()
    for _ in range(3):
        make_token(now=now, owner_email=ANNA)
    make_token(now=now, owner_email=BEN, created_by_email=ANNA)
    return Person.objects.get(email=ANNA)


def url(person: Person, tail: str = "") -> str:
    return f"/people/{person.pk}/{tail}"


def test_the_list_counts_what_they_own_and_created(anna: Person, as_auditor: Client) -> None:
    page = as_auditor.get("/people/")
    people = [one for one, _ in page.context["rows"]]
    counted = [(one.email, one.tokens_owned, one.tokens_created) for one in people]
    assert counted == [(ANNA, 3, 1), (BEN, 1, 0)]
    assert [one.email for one, _ in as_auditor.get("/people/?q=ben").context["rows"]] == [BEN]
    assert "Nobody matches" in as_auditor.get("/people/?q=zoe").content.decode()
    assert f'href="{url(anna)}"' in page.content.decode()


def test_the_list_does_not_ask_more_for_more(
    anna: Person, as_auditor: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        as_auditor.get("/people/")
    with django_assert_max_num_queries(8):
        as_auditor.get(url(anna))


def test_an_auditor_sees_and_finds_no_form(anna: Person, as_auditor: Client) -> None:
    page = as_auditor.get(url(anna)).content.decode()
    assert page.count('href="/tokens/') >= 4
    assert "Stays after all" not in page
    assert 'name="tokens"' not in page
    assert as_auditor.post(url(anna), {"left_on": ""}).status_code == 403
    assert as_auditor.post(url(anna, "reassign/"), {}).status_code == 403


def test_leaving_is_recorded_and_undone(anna: Person, as_administrator: Client) -> None:
    day = utc_day(timezone.now()) + timedelta(days=18)
    answer = as_administrator.post(url(anna), {"leaving_on": str(day)}, follow=True)
    assert "Leaves on <time" in answer.content.decode()
    todo = as_administrator.get("/").content.decode()
    assert f"{ANNA} leaves on" in todo
    assert "Reassign 3 tokens, rotate 1." in todo
    assert url(anna) in todo
    today = utc_day(timezone.now())
    both = {"leaving_on": str(day), "left_on": str(today)}
    as_administrator.post(url(anna), both)
    anna.refresh_from_db()
    assert (anna.leaving_on, anna.left_on) == (None, today)
    as_administrator.post(url(anna), {})
    anna.refresh_from_db()
    assert (anna.leaving_on, anna.left_on) == (None, None)


def test_a_day_that_cannot_be_is_said_at_its_field(anna: Person, as_administrator: Client) -> None:
    day = utc_day(timezone.now()) + timedelta(days=2)
    answer = as_administrator.post(url(anna), {"left_on": str(day)})
    assert answer.status_code == 400
    assert "still to come" in answer.content.decode()


def ids() -> list[str]:
    owned = Token.objects.filter(owner__email=ANNA).order_by("pk")
    return [str(pk) for pk in owned.values_list("pk", flat=True)]


def test_reassigning_shows_first_and_then_acts(anna: Person, as_administrator: Client) -> None:
    chosen = ids()[:2]
    data = {"tokens": chosen, "new_owner_email": BEN, "step": "preview"}
    preview = as_administrator.post(url(anna, "reassign/"), data)
    assert "2 tokens would change hands" in preview.content.decode()
    assert len(ids()) == 3
    answer = as_administrator.post(url(anna, "reassign/"), {**data, "step": "save"}, follow=True)
    assert "Reassigned 2 tokens." in answer.content.decode()
    assert len(ids()) == 1
    assert AuditEvent.objects.filter(kind="token.owner_changed").count() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"new_owner_email": BEN}, "Choose at least one."),
        ({"new_owner_email": ""}, "This field is required."),
        ({"new_owner_email": ANNA, "step": "save"}, "Is the owner already."),
    ],
)
def test_what_is_missing_is_said(
    anna: Person, as_administrator: Client, data: dict[str, Any], words: str
) -> None:
    if data["new_owner_email"] != BEN:
        data = {**data, "tokens": ids()}
    answer = as_administrator.post(url(anna, "reassign/"), data)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert len(ids()) == 3


def test_only_their_own_tokens_can_be_given_away(anna: Person, as_administrator: Client) -> None:
    other = Token.objects.get(owner__email=BEN)
    data = {"tokens": [str(other.pk)], "new_owner_email": "zoe@acme.example", "step": "save"}
    assert as_administrator.post(url(anna, "reassign/"), data).status_code == 400
    other.refresh_from_db()
    assert other.owner is not None
    assert other.owner.email == BEN


def test_who_is_unknown_is_404(anna: Person, as_administrator: Client) -> None:
    assert as_administrator.get(f"/people/{Token.objects.all()[0].pk}/").status_code == 404
