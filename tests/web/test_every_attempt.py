"""Every denied attempt and every sign-in is in the audit trail: all routes, all ways in."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.conftest import signed_in
from tests.web.test_matrix import address, ids, routes  # noqa: F401 - the fixture
from tests.web.test_second_step import CODE, at_the_code, code, set_up
from tokens.audit import Event
from tokens.models import Account, AuditEvent

pytestmark = pytest.mark.django_db
#: Refuses who has not given a password yet, and so was asked nothing: no right is lacking.
NO_QUESTION = "accounts/code/passkey/"
IN, FAILED = Event.ACCOUNT_SIGNED_IN, Event.ACCOUNT_SIGN_IN_FAILED


def entries(*kinds: Event) -> list[str]:
    rows = AuditEvent.objects.filter(kind__in=[kind.value for kind in kinds])
    return list(rows.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whatever_is_denied_is_told_with_its_route(
    method: str,
    ids: dict[str, Any],  # noqa: F811
    auditor: Account,
) -> None:
    denied, wrong = 0, []
    for route in routes():
        if route == NO_QUESTION:
            continue
        client = signed_in(auditor)  # signing out is one of the routes
        cache.clear()  # each of them is news
        before = AuditEvent.objects.filter(kind=Event.ACCESS_DENIED.value).count()
        status = client.generic(method, address(route, ids), b"").status_code
        rows = AuditEvent.objects.filter(kind=Event.ACCESS_DENIED.value).order_by("id")
        told = [row.data for row in rows[before:]]
        denied += status == 403
        if len(told) != (status == 403) or (told and f'"route":"{route}"' not in told[0]):
            wrong.append((route, status, told))
    assert wrong == []
    assert denied > 30


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({"password": "{}"}, [IN]),
        ({"password": "wrong"}, [FAILED]),
        ({"username": "nobody@acme.example", "password": "wrong"}, [FAILED]),
    ],
)
def test_by_password(
    given: dict[str, str], kinds: list[Event], auditor: Account, password: str
) -> None:
    data = {"username": auditor.email, **given}
    Client().post("/accounts/login/", {**data, "password": data["password"].format(password)})
    assert entries(IN, FAILED) == kinds


def test_by_code_and_recovery_code(
    as_administrator: Client, administrator: Account, password: str
) -> None:
    secret, recovery = set_up(as_administrator)
    for given, kind in (
        ("000000", FAILED),
        ("aaaaa-aaaaa", FAILED),
        (code(secret), IN),
        (recovery[0], IN),
        (recovery[0], FAILED),
    ):
        before = entries(IN, FAILED)
        at_the_code(administrator, password).post(CODE, {"code": given})
        assert entries(IN, FAILED) == [*before, kind], given


def test_a_flood_of_wrong_passwords_is_bounded(auditor: Account, password: str) -> None:
    for _ in range(30):
        Client().post("/accounts/login/", {"username": auditor.email, "password": "wrong"})
    assert 0 < len(entries(FAILED)) <= 6
    Client().post("/accounts/login/", {"username": auditor.email, "password": password})
    assert IN not in entries(IN)


def test_a_wrong_old_password_too(as_auditor: Client, password: str) -> None:
    fresh = password + "2"
    data = {"old_password": "wrong", "new_password1": fresh, "new_password2": fresh}
    for _ in range(8):
        as_auditor.post("/accounts/password/", data)
    assert entries(FAILED) == [FAILED] * 5  # then nobody reads it any more


def test_an_ended_session_is_no_attempt(as_auditor: Client) -> None:
    """It leads to the way in, as for whoever never came; what is tried there is audited."""
    as_auditor.session.flush()
    as_auditor.cookies.clear()
    assert as_auditor.get("/team/").status_code == 302
    assert entries(FAILED, Event.ACCESS_DENIED) == []
