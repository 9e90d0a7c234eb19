"""Sessions: unreadable in the database, limited, listed, and ended from elsewhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import signed_in
from tokens.audit import Event
from tokens.models import Account, AuditEvent, BrowserSession
from tokens.step_up import note_proof

pytestmark = pytest.mark.django_db
SECURITY, END = "/accounts/security/", "/accounts/sessions/end/"


def aged(client: Client, **ago: timedelta) -> Client:
    session = client.session
    for name, by in ago.items():
        session[name] = (timezone.now() - by).isoformat()
    session.save()
    return client


def test_what_the_browser_holds_stands_nowhere(as_administrator: Client) -> None:
    cookie = as_administrator.cookies["sessionid"].value
    assert as_administrator.get("/tokens/").status_code == 200
    stored = list(BrowserSession.objects.values_list())
    assert cookie not in repr(stored)
    # Nor does what is stored open anything.
    thief = Client()
    thief.cookies["sessionid"] = BrowserSession.objects.get().session_key
    assert thief.get("/tokens/").status_code == 302


@pytest.mark.parametrize(
    ("ago", "lasts"),
    [
        ({"signed_in_at": timedelta(hours=11), "seen_at": timedelta(minutes=5)}, True),
        ({"signed_in_at": timedelta(hours=12), "seen_at": timedelta(minutes=5)}, False),
        ({"signed_in_at": timedelta(hours=3), "seen_at": timedelta(hours=2)}, False),
    ],
)
def test_it_ends_by_itself_on_pages_and_api(
    ago: dict[str, timedelta], lasts: bool, administrator: Account
) -> None:
    page = aged(signed_in(administrator), **ago).get("/tokens/")
    assert page.status_code == (200 if lasts else 302)
    answer = aged(signed_in(administrator), **ago).get("/api/v1/tokens/")
    assert answer.status_code == (200 if lasts else 401)


def test_a_click_keeps_it_going(as_administrator: Client) -> None:
    aged(as_administrator, seen_at=timedelta(minutes=90)).get("/tokens/")
    row = BrowserSession.objects.get()
    assert row.seen_at is not None
    assert timezone.now() - row.seen_at < timedelta(seconds=30)


def test_a_session_of_before_this_rule_has_ended(as_administrator: Client) -> None:
    session = as_administrator.session
    del session["signed_in_at"]
    session.save()
    assert as_administrator.get("/tokens/").status_code == 302


def test_they_are_listed_with_browser_and_address(administrator: Account) -> None:
    signed_in(administrator)
    here = Client(HTTP_USER_AGENT="Mozilla/5.0 <b>Here</b>")
    here.post("/accounts/login/", {"username": administrator.email, "password": "x"})
    here.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    page = here.get(SECURITY).content.decode()
    assert page.count("this one") == 1
    assert page.count('value="' + BrowserSession.objects.all()[0].session_key[:4]) <= 1
    assert "Sign out everywhere else" in page
    assert "<b>Here" not in page


def test_another_browser_is_signed_out_and_this_one_stays(administrator: Account) -> None:
    here, there = signed_in(administrator), signed_in(administrator)
    key = next(
        row.session_key
        for row in BrowserSession.objects.all()
        if row.session_key in here.get(SECURITY).content.decode()
    )
    assert "is signed out" in here.post(END, {"key": key}, follow=True).content.decode()
    assert there.get("/tokens/").status_code == 302
    assert here.get("/tokens/").status_code == 200
    assert "ended already" in here.post(END, {"key": key}, follow=True).content.decode()
    assert AuditEvent.objects.filter(kind=Event.SESSION_ENDED).count() == 1


def test_all_others_at_once(administrator: Account) -> None:
    here, *others = (signed_in(administrator) for _ in range(4))
    assert "elsewhere: 3" in here.post(END, {"others": "yes"}, follow=True).content.decode()
    assert {each.get("/tokens/").status_code for each in others} == {302}
    assert here.get("/tokens/").status_code == 200


def test_ending_one_asks_who_is_there(administrator: Account) -> None:
    here, there = signed_in(administrator), signed_in(administrator)
    session = here.session
    note_proof(session, timezone.now() - timedelta(minutes=11))
    session.save()
    answer = here.post(END, {"others": "yes"})
    assert answer["Location"].startswith("/accounts/confirm/?next=%2Faccounts%2Fsecurity%2F")
    assert there.get("/tokens/").status_code == 200


def test_nobody_ends_somebody_elses(administrator: Account, auditor: Account) -> None:
    theirs = signed_in(administrator)
    key = BrowserSession.objects.get(account=administrator).session_key
    signed_in(auditor).post(END, {"key": key})
    assert theirs.get("/tokens/").status_code == 200
