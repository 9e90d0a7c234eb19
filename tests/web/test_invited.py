"""Accounts whose link an admin of a company has seen open nothing that this admin may not have."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_account, make_company, make_token
from tests.stand_in.oidc import Provider
from tests.web.conftest import signed_in
from tests.web.sign_on import person, sign_on
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, CalendarLink, Company, Membership
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.accounts import change_role
from tokens.services.calendars import make_calendar
from tokens.services.memberships import give_role

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
CEO = "grace@acme.example"
NEW = "Long-enough-and-theirs-7"


@pytest.fixture
def company() -> Company:
    return make_token(company_name="Near GmbH").company


def invite(company: Company, client: Client | None = None) -> str:
    """An admin of the company makes an account for CEO; the link that they are shown."""
    if client is None:
        eve = make_account("eve@near.example", role=Role.MEMBER)
        give(company, eve.email, CompanyRole.ADMIN)
        client = signed_in(Account.objects.get(pk=eve.pk))
    given = {"email": CEO, "role": "company_admin"}
    page = client.post(f"/companies/{company.pk}/members/", given).content.decode()
    link = re.search(r"/accounts/welcome/[^\"< ]+", page)
    assert link is not None
    return link[0]


def give(company: Company, email: str, role: CompanyRole = CompanyRole.VIEWER) -> None:
    give_role(company=company, email=email, role=role, actor=ACTOR, now=timezone.now())


def use(link: str) -> bool:
    """Whether the link sets a password with which somebody gets in."""
    client = Client()
    page = client.get(link, follow=True)
    given = {"new_password1": NEW, "new_password2": NEW}
    client.post(page.request["PATH_INFO"], given)
    return gets_in()


def gets_in() -> bool:
    given = {"username": CEO, "password": NEW}
    return Client().post("/accounts/login/", given).status_code == 302


def test_an_invited_account_becomes_no_administrator_before_it_has_another_link(
    company: Company, as_administrator: Client
) -> None:
    link = invite(company)
    invited = Account.objects.get(email=CEO)
    answer = as_administrator.post(f"/team/{invited.pk}/role/", {"role": "administrator"})
    assert answer.status_code == 400
    assert "Make a new link for it first" in answer.content.decode()
    assert Account.objects.get(email=CEO).role == Role.MEMBER
    assert as_administrator.post(f"/team/{invited.pk}/link/").status_code == 200
    assert not use(link)
    answer = as_administrator.post(f"/team/{invited.pk}/role/", {"role": "administrator"})
    assert answer.status_code == 302
    assert Account.objects.get(email=CEO).role == Role.ADMINISTRATOR


def test_whom_single_sign_on_knows_is_nobody_elses_any_more(
    idp: Provider, company: Company, administrator: Account
) -> None:
    link = invite(company)
    assert use(link)
    theirs = Client()
    theirs.post("/accounts/login/", {"username": CEO, "password": NEW})
    invited = Account.objects.get(email=CEO)
    make_calendar(account=invited, everything=True, actor=ACTOR, now=timezone.now())
    idp.world.person = person()
    client = Client()
    sign_on(client)
    assert client.get("/team/").status_code == 200
    assert not gets_in()
    assert theirs.get("/tokens/").status_code == 302
    assert not CalendarLink.objects.filter(account=invited, revoked_at=None).exists()
    assert Membership.objects.filter(account=invited).exists()


def test_an_invited_account_gets_no_role_in_another_company(company: Company) -> None:
    invite(company)
    with pytest.raises(InvalidInput, match="new link") as refused:
        give(make_company("Far GmbH"), CEO)
    assert refused.value.field == "email"
    assert "Near GmbH" not in refused.value.message
    give(company, CEO, CompanyRole.OPERATOR)  # its own goes on


def test_whom_an_administrator_invited_may_become_anything(
    company: Company, as_administrator: Client
) -> None:
    invite(company, as_administrator)
    give(make_company("Far GmbH"), CEO)
    invited = Account.objects.get(email=CEO)
    change_role(account_id=invited.pk, role=Role.AUDITOR, actor=ACTOR, now=timezone.now())
    assert Account.objects.get(email=CEO).role == Role.AUDITOR


def test_the_service_refuses_too(company: Company) -> None:
    invite(company)
    invited = Account.objects.get(email=CEO)
    with pytest.raises(WrongState, match="Make a new link"):
        change_role(account_id=invited.pk, role=Role.AUDITOR, actor=ACTOR, now=timezone.now())
