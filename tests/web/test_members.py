"""Members of a company: given a role, changed, ended; by administrators and its own admins."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_account, make_company, make_token
from tests.web.conftest import signed_in
from tokens.models import Account, AuditEvent, Company, Membership
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.memberships import end_role, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_token(company_name="Near GmbH").company


def url(company: Company) -> str:
    return f"/companies/{company.pk}/members/"


def member_of(company: Company, role: CompanyRole, email: str = "mia@near.example") -> Account:
    if not Account.objects.filter(email=email).exists():
        make_account(email, role=Role.MEMBER)
    give_role(company=company, email=email, role=role, actor=ACTOR, now=timezone.now())
    return Account.objects.get(email=email)


def events(*kinds: str) -> list[str]:
    return list(AuditEvent.objects.filter(kind__in=kinds).values_list("kind", flat=True))


def test_somebody_new_gets_an_account_and_a_link_once(
    company: Company, as_administrator: Client
) -> None:
    given = {"email": "Mia@Near.example", "role": "operator"}
    page = as_administrator.post(url(company), given).content.decode()
    link = re.search(r"/accounts/welcome/[^\"< ]+", page)
    assert link is not None
    made = Account.objects.get(email="mia@near.example")
    assert (made.role, made.has_company_roles) == ("member", True)
    assert Membership.objects.get(account=made).role == "operator"
    assert "/accounts/welcome/" not in as_administrator.get(url(company)).content.decode()
    assert Client().get(link[0]).status_code in {200, 302}


def test_a_role_is_changed_in_place_and_audited(company: Company, as_administrator: Client) -> None:
    mia = member_of(company, CompanyRole.VIEWER)
    given = {"email": mia.email, "role": "company_admin"}
    assert as_administrator.post(url(company), given).status_code == 302
    assert Membership.objects.get(account=mia).role == "company_admin"
    last = AuditEvent.objects.filter(kind="member.role_given").first()
    assert last is not None
    assert last.company_id == str(company.pk)
    assert '"old":"viewer"' in last.data.replace(" ", "")
    before = AuditEvent.objects.count()
    member_of(company, CompanyRole.ADMIN)  # the same again
    assert AuditEvent.objects.count() == before


def test_a_role_counts_from_the_next_request_on_and_so_does_its_end(company: Company) -> None:
    mia = member_of(company, CompanyRole.VIEWER)
    client = signed_in(mia)
    assert client.get("/tokens/").status_code == 200
    assert client.get(url(company)).status_code == 403
    member_of(company, CompanyRole.ADMIN)
    assert client.get(url(company)).status_code == 200
    end_role(company=company, account_id=mia.pk, actor=ACTOR, now=timezone.now())
    answer = client.get("/tokens/")
    assert answer.status_code == 403
    assert "You have no role in any company yet" in answer.content.decode()
    assert client.get("/accounts/security/").status_code == 200
    assert not Account.objects.get(pk=mia.pk).has_company_roles


def test_a_disabled_member_is_out_and_cannot_be_given_a_role(
    company: Company, as_administrator: Client
) -> None:
    mia = member_of(company, CompanyRole.VIEWER)
    Account.objects.filter(pk=mia.pk).update(is_active=False)
    assert signed_in(mia).get("/tokens/")["Location"].startswith("/accounts/login/")
    answer = as_administrator.post(url(company), {"email": mia.email, "role": "operator"})
    assert answer.status_code == 400
    assert "disabled account" in answer.content.decode()


def test_an_admin_of_one_company_sees_to_it_alone(company: Company) -> None:
    client = signed_in(member_of(company, CompanyRole.ADMIN))
    other = make_company("Far GmbH")
    given = {"email": "new@near.example", "role": "viewer"}
    assert client.post(url(company), given).status_code == 200
    assert client.post(url(other), given).status_code == 404
    assert client.get("/team/").status_code == 403
    assert not Membership.objects.filter(company=other).exists()


@pytest.mark.parametrize("role", ["administrator", "auditor ", "", "owner"])
def test_what_is_no_role_of_a_company_is_refused(
    company: Company, as_administrator: Client, role: str
) -> None:
    before = Account.objects.count()
    answer = as_administrator.post(url(company), {"email": "new@near.example", "role": role})
    assert answer.status_code == 400
    assert (Membership.objects.count(), Account.objects.count()) == (0, before)


def test_a_role_is_ended_by_the_form_and_only_a_real_one(
    company: Company, as_administrator: Client
) -> None:
    mia = member_of(company, CompanyRole.VIEWER)
    end = f"{url(company)}end/"
    assert as_administrator.post(end, {"account": str(mia.pk)}).status_code == 302
    assert not Membership.objects.exists()
    for wrong in (str(mia.pk), "x", ""):
        assert as_administrator.post(end, {"account": wrong}).status_code == 404
    assert events("member.role_ended") == ["member.role_ended"]


def test_whoever_ends_their_own_role_is_not_led_to_a_closed_page(company: Company) -> None:
    mia = member_of(company, CompanyRole.ADMIN)
    answer = signed_in(mia).post(f"{url(company)}end/", {"account": str(mia.pk)})
    assert answer["Location"] == "/"


def test_the_shell_offers_what_opens_and_counts_what_is_seen(company: Company) -> None:
    make_token(company_name="Far GmbH")
    page = signed_in(member_of(company, CompanyRole.OPERATOR)).get("/tokens/")
    items: dict[str, Any] = {item.label: item.count for item in page.context["navigation"]}
    assert items["Tokens"] == 1
    assert items["Companies"] == 1
    assert not {"Team", "Policies"} & set(items)
    assert 'href="/tokens/new/"' in page.content.decode()
    assert "/tokens/import/" not in page.content.decode()


def test_the_export_holds_what_is_in_reach(company: Company) -> None:
    make_token(company_name="Far GmbH")
    client = signed_in(member_of(company, CompanyRole.AUDITOR))
    answer = client.get("/tokens/export/?format=json")
    rows = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Near GmbH" in rows
    assert "Far GmbH" not in rows
    assert (
        signed_in(member_of(company, CompanyRole.OPERATOR))
        .get("/tokens/export/?format=json")
        .status_code
        == 403
    )


def test_bulk_acts_pass_over_what_is_out_of_reach(company: Company) -> None:
    far = make_token(company_name="Far GmbH")
    near = company.tokens.get()
    client = signed_in(member_of(company, CompanyRole.OPERATOR))
    chosen = {"action": "owner", "which": "ticked", "ids": [str(near.pk), str(far.pk)]}
    page = client.get(client.post("/tokens/bulk/", chosen)["Location"])
    assert page.context["number"] == 1
    assert "Far GmbH" not in page.content.decode()
    everything = {"action": "owner", "which": "all", "back": ""}
    page = client.get(client.post("/tokens/bulk/", everything)["Location"])
    assert page.context["number"] == 1
