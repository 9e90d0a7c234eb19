"""Links to calendars of whoever has roles in single companies: of what these let them see."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token
from tests.web.near_and_far import Pair, make_pair, member
from tests.web.test_calendar import events, link_in
from tests.web.test_reach import MARKER
from tokens.models import Account, CalendarLink
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.memberships import end_role, give_role

pytestmark = pytest.mark.django_db
LINKS = "/notifications/calendar/"
MIA = "mia@near.example"


@pytest.fixture
def pair(administrator: Account) -> Pair:
    made = make_pair()
    for token in (made.alone, made.other):
        make_token(
            company_name=token.company.name,
            integration_name=token.integration.name,
            owner_email=MIA,
            label="hers",
        )
    return made


def made(client: Client, make: str) -> str:
    answer = client.post(LINKS, {"make": make})
    assert answer.status_code == 200, answer.content
    return link_in(answer.content.decode())


def names(feed: str) -> str:
    return " ".join(str(event["SUMMARY"]) for event in events(feed))


def leave(pair: Pair) -> None:
    account = Account.objects.get(email=MIA)
    now = timezone.now()
    end_role(company=pair.own.company, account_id=account.pk, actor=ACTOR, now=now)


def test_ones_own_tokens_as_far_as_one_sees_and_as_long(pair: Pair) -> None:
    client = member(pair, CompanyRole.VIEWER)
    assert "For all tokens of my companies" not in client.get(LINKS).content.decode()
    feed = made(client, "own")
    shown = events(feed)
    assert [str(event["SUMMARY"]).split(" · ")[0] for event in shown] == ["Rotate Near sync"]
    leave(pair)
    assert Client().get(feed).status_code == 404


@pytest.mark.parametrize("role", [CompanyRole.VIEWER, CompanyRole.AUDITOR, CompanyRole.OPERATOR])
def test_tokens_of_others_are_for_admins_alone(pair: Pair, role: CompanyRole) -> None:
    assert member(pair, role).post(LINKS, {"make": "companies"}).status_code == 400
    assert not CalendarLink.objects.exists()


def test_an_admin_takes_the_tokens_of_their_companies_for_as_long_as_they_are(pair: Pair) -> None:
    client = member(pair, CompanyRole.ADMIN)
    assert "For all tokens of my companies" in client.get(LINKS).content.decode()
    feed = made(client, "companies")
    assert len(events(feed)) == 3
    assert MARKER not in names(feed)
    give_role(  # which is no reason to show more
        company=pair.other.company, email=MIA, role=CompanyRole.VIEWER, actor=ACTOR,
        now=timezone.now(),
    )  # fmt: skip
    assert MARKER not in names(feed)
    member(pair, CompanyRole.OPERATOR)
    assert Client().get(feed).status_code == 404


def test_an_administrator_who_becomes_a_company_admin_keeps_less(
    pair: Pair, as_administrator: Client, administrator: Account
) -> None:
    path = f"{LINKS}others/"
    feed = link_in(as_administrator.post(path, {"make": "everything"}).content.decode())
    assert MARKER in names(feed)
    Account.objects.filter(pk=administrator.pk).update(role=Role.MEMBER.value)
    assert Client().get(feed).status_code == 404
    give_role(
        company=pair.own.company,
        email=administrator.email,
        role=CompanyRole.ADMIN,
        actor=ACTOR,
        now=timezone.now(),
    )
    assert MARKER not in names(feed)


def test_whoever_lost_their_role_ends_their_links_and_no_other(pair: Pair) -> None:
    client = member(pair, CompanyRole.ADMIN)
    made(client, "own")
    other = member(pair, CompanyRole.ADMIN, "max@near.example")
    link = CalendarLink.objects.get()
    assert other.post(f"{LINKS}{link.pk}/revoke/").status_code == 404
    leave(pair)
    assert client.get(LINKS).status_code == 403
    assert client.post(f"{LINKS}{link.pk}/revoke/").status_code == 302
    link.refresh_from_db()
    assert link.revoked_at is not None


def test_notifications_are_ones_own(pair: Pair) -> None:
    client = member(pair, CompanyRole.VIEWER)
    made(client, "own")
    text = client.get("/notifications/").content.decode()
    assert "1 in force" in text
    for closed in ("/outbox/", "/notifications/channels/", "/notifications/webhooks/"):
        assert f'href="{closed}"' not in text
        assert client.get(closed).status_code == 403


def test_preferences_are_ones_own_with_and_without_a_role(pair: Pair) -> None:
    client = member(pair, CompanyRole.VIEWER)
    sent = {"digest": "weekly", "weekday": "0", "time_zone": ""}
    assert client.post("/preferences/", sent).status_code == 302
    leave(pair)
    assert client.get("/preferences/").status_code == 200
