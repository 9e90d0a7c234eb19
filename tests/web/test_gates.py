"""The two gates behind the sign-in, over every address: the second factor, and the password again.

A page that is added later stands in one of these lists, or the test says so.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.web.conftest import signed_in
from tests.web.test_matrix import OPEN, address, everything, ids, routes  # noqa: F401 - a fixture
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN

pytestmark = pytest.mark.django_db

#: What somebody may do who has to set a second factor up, and calendars, which ask for a secret.
BEFORE_ENROLMENT = {"accounts/password/", "accounts/security/", "accounts/confirm/"}
#: Where dangerous work begins: words in addresses, and what else leads out of the house.
DANGEROUS = ("rotate", "revoke/", "export", "keys/", "team/", "report", "history.csv", "calendar/o")
DANGEROUS_TOO = {
    "tokens/bulk/revocation/",
    "notifications/channels/new/",
    "notifications/webhooks/new/",
    "notifications/channels/<uuid:channel_id>/edit/",
}
#: Of these only what is sent is dangerous.
DANGEROUS_WHEN_SENT = {
    "tokens/<uuid:token_id>/compromised/": {"reason": "x", "by": "x@acme.example"},
    "notifications/calendar/": {"make": "own"},
}
#: Ending a link of one's own takes something back.
HARMLESS = {"notifications/calendar/<uuid:link_id>/revoke/"}


def test_without_the_second_factor_that_everybody_needs_nothing_opens(
    administrator: Account,
    ids: dict[str, Any],  # noqa: F811 - the fixture
    settings: Settings,
) -> None:
    settings.MFA_REQUIRED = True
    before, wrong = everything(), []
    for route in routes():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            answer = signed_in(administrator).generic(method, address(route, ids), b"")
            open_to_them = route in OPEN | BEFORE_ENROLMENT
            if answer.status_code < 300 and not open_to_them:
                wrong.append((method, route, answer.status_code))
    assert wrong == []
    assert everything() == before


def _stale(account: Account) -> Client:
    client = signed_in(account)
    session = client.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    return client


def test_dangerous_work_asks_for_the_password_wherever_it_begins(
    administrator: Account,
    ids: dict[str, Any],  # noqa: F811 - the fixture
) -> None:
    pages = [one for one in routes() if not one.startswith(("api/", "accounts/"))]
    dangerous = {one for one in pages if any(word in one for word in DANGEROUS)} - HARMLESS
    assert len(dangerous) >= 18
    before, wrong = everything(), []
    for route in sorted(dangerous | DANGEROUS_TOO | set(DANGEROUS_WHEN_SENT)):
        methods = ("post",) if route in DANGEROUS_WHEN_SENT else ("get", "post")
        for method in methods:
            data = DANGEROUS_WHEN_SENT.get(route, {})
            answer = getattr(_stale(administrator), method)(address(route, ids), data)
            if not answer.get("Location", "").startswith("/accounts/confirm/"):
                wrong.append((method, route, answer.status_code))
    assert wrong == []
    assert everything() == before


def test_the_api_asks_for_it_too(
    administrator: Account,
    ids: dict[str, Any],  # noqa: F811 - the fixture
) -> None:
    client, before = _stale(administrator), everything()
    act = {"action": "revocation", "ids": [str(ids["token_id"])], "number": 1, "reason": "x"}
    for path, body in (
        (address("api/v1/tokens/<uuid:token_id>/revocation/", ids), {"reason": "x"}),
        ("/api/v1/tokens/bulk/", {**act, "preview": False}),
        ("/api/v1/channels/", {"name": "y", "url": "ntfys://abc"}),
        ("/api/v1/webhooks/", {"name": "y", "url": "https://y.example/"}),
    ):
        answer = client.post(path, body, content_type="application/json")
        assert answer.status_code == 403, path
        assert "/accounts/confirm/" in answer.content.decode(), path
    assert client.delete(f"/api/v1/webhooks/{ids['channel_id']}/").status_code == 403
    assert everything() == before


def test_what_is_asked_again_is_what_cannot_be_taken_back() -> None:
    assert {Permission.ROTATE, Permission.REVOKE, Permission.EXPORT} < ASKED_AGAIN
    assert {Permission.KEYS, Permission.PEOPLE, Permission.CHANNELS} < ASKED_AGAIN
