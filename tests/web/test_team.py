"""The team page: adding, roles, disabling, and the administrator who always stays."""

import re
import uuid

import pytest
from django.test import Client

from tokens.audit import Event
from tokens.models import Account, AuditEvent
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db


def add(client: Client, email: str = "new@acme.example", role: str = "auditor") -> str:
    return client.post("/team/", {"email": email, "role": role}).content.decode()


def link_in(page: str) -> str:
    found = re.search(r'value="http://testserver(/accounts/welcome/[^"]+)"', page)
    assert found, page
    return found[1]


def use(link: str, password: str) -> str:
    visitor = Client()
    answer = visitor.get(link, follow=True)
    if not answer.context["validlink"]:
        return "dead"
    form = answer.redirect_chain[-1][0]
    data = {"new_password1": password, "new_password2": password}
    return str(visitor.post(form, data)["Location"])


def test_a_new_account_sets_its_password_by_a_link_that_works_once(
    as_administrator: Client, password: str
) -> None:
    link = link_in(add(as_administrator, " New@ACME.example"))
    assert link not in as_administrator.get("/team/").content.decode()
    assert use(link, password) == "/accounts/login/"
    assert use(link, password) == "dead"
    visitor = Client()
    data = {"username": "new@acme.example", "password": password}
    assert visitor.post("/accounts/login/", data).status_code == 302
    assert visitor.get("/team/").status_code == 403
    assert list(AuditEvent.objects.order_by("id").values_list("kind", flat=True)) == [
        Event.ACCOUNT_CREATED,
        Event.ACCOUNT_PASSWORD_CHANGED,
        Event.ACCOUNT_SIGNED_IN,
        Event.ACCESS_DENIED,
    ]


def test_the_link_of_a_disabled_account_is_dead(as_administrator: Client, password: str) -> None:
    link = link_in(add(as_administrator))
    Account.objects.filter(email="new@acme.example").update(is_active=False)
    assert use(link, password) == "dead"


def test_a_reset_ends_the_password_the_sessions_and_the_earlier_link(
    as_administrator: Client, as_auditor: Client, auditor: Account, password: str
) -> None:
    first = link_in(as_administrator.post(f"/team/{auditor.pk}/link/").content.decode())
    assert as_auditor.get("/accounts/password/").status_code == 302
    auditor.refresh_from_db()
    assert not auditor.has_usable_password()
    second = link_in(as_administrator.post(f"/team/{auditor.pk}/link/").content.decode())
    assert use(first, password) == "dead"
    assert use(second, password) == "/accounts/login/"


def test_nobody_resets_their_own_password_here(
    as_administrator: Client, administrator: Account
) -> None:
    answer = as_administrator.post(f"/team/{administrator.pk}/link/")
    assert answer.status_code == 400
    administrator.refresh_from_db()
    assert administrator.has_usable_password()


@pytest.mark.parametrize("email", ["", "no-address", "ADA@acme.example", "a" * 250 + "@b.example"])
def test_bad_or_known_addresses_are_refused(as_administrator: Client, email: str) -> None:
    before = Account.objects.count()
    answer = as_administrator.post("/team/", {"email": email, "role": "auditor"})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"email"}
    assert Account.objects.count() == before


@pytest.mark.parametrize(
    ("act", "data"), [("role", {"role": "auditor"}), ("active", {"active": "no"})]
)
def test_the_last_active_administrator_stays(
    as_administrator: Client, administrator: Account, act: str, data: dict[str, str]
) -> None:
    second = Account.objects.create_account(email="b@acme.example", role=Role.ADMINISTRATOR)
    assert as_administrator.post(f"/team/{second.pk}/{act}/", data).status_code == 302
    answer = as_administrator.post(f"/team/{administrator.pk}/{act}/", data)
    assert answer.status_code == 400
    assert "last active administrator" in answer.content.decode()
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active) == ("administrator", True)
    assert AuditEvent.objects.count() == 1


def test_roles_and_disabling_are_audited_and_the_same_again_is_not(
    as_administrator: Client, auditor: Account
) -> None:
    for _ in range(2):
        as_administrator.post(f"/team/{auditor.pk}/role/", {"role": "administrator"})
    for active in ("no", "no", "yes"):
        as_administrator.post(f"/team/{auditor.pk}/active/", {"active": active})
    assert list(AuditEvent.objects.order_by("id").values_list("kind", flat=True)) == [
        Event.ACCOUNT_ROLE_CHANGED,
        Event.ACCOUNT_DISABLED,
        Event.ACCOUNT_ENABLED,
    ]


def test_unknown_roles_and_accounts_are_refused(as_administrator: Client, auditor: Account) -> None:
    answer = as_administrator.post(f"/team/{auditor.pk}/role/", {"role": "<b>root</b>"})
    assert answer.status_code == 400
    assert "<b>root" not in answer.content.decode()
    for act, data in (("role", {"role": "auditor"}), ("active", {"active": "no"}), ("link", {})):
        assert as_administrator.post(f"/team/{uuid.uuid4()}/{act}/", data).status_code == 404


@pytest.mark.parametrize("act", ["", "{id}/role/", "{id}/active/", "{id}/link/"])
def test_an_auditor_changes_nobody(as_auditor: Client, auditor: Account, act: str) -> None:
    data = {"role": "administrator", "active": "no", "email": "x@acme.example"}
    assert as_auditor.post(f"/team/{act.format(id=auditor.pk)}", data).status_code == 403
    auditor.refresh_from_db()
    assert (auditor.role, auditor.is_active) == ("auditor", True)
    kinds = set(AuditEvent.objects.values_list("kind", flat=True))
    assert kinds == {Event.ACCESS_DENIED}
