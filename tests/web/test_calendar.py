"""Links to calendars: made, shown once, fetched by anybody who has them, ended."""

from __future__ import annotations

import logging
import re
import secrets
from datetime import date, timedelta
from typing import Any

import pytest
import structlog
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from coolset_admin.redaction import redact
from tests.factories import ACTOR, accepted, make_person, make_token
from tests.web.conftest import NOW, signed_in
from tokens.audit import Event, audited
from tokens.models import Account, AuditEvent, CalendarLink, Person, Token
from tokens.policy.vocabulary import Role
from tokens.services.calendars import make_calendar
from tokens.services.edit_token import edit_token
from tokens.web import calendar_feed

pytestmark = pytest.mark.django_db
ADA = "ada@acme.example"


def link_in(text: str) -> str:
    found = re.search(r'value="http://testserver(/calendar/ctc_[^"]+\.ics)"', text)
    assert found
    return found[1]


def events(path: str) -> list[Any]:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.fixture
def mine(as_administrator: Client) -> str:
    """The address of a link of ada's own."""
    text = as_administrator.post("/notifications/calendar/", {"make": "own"}).content.decode()
    return link_in(text)


def test_one_all_day_event_per_token_that_is_mine(mine: str) -> None:
    token = make_token(
        owner_email=ADA, company_name="Acme GmbH", integration_name="ERP", label="night",
        issued_at=NOW.replace(hour=0), now=NOW, secret=accepted(),
    )  # fmt: skip
    make_token(owner_email="other@acme.example")
    (event,) = events(mine)
    assert event["SUMMARY"] == "Rotate ERP · Acme GmbH · production · night"
    assert event.decoded("DTSTART") == date(2027, 2, 22)
    assert event.decoded("DTEND") == date(2027, 2, 23)
    assert event["UID"] == f"{token.pk}@testserver"
    assert event["URL"] == f"http://testserver/tokens/{token.pk}/"
    assert event["TRANSP"] == "TRANSPARENT"
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(days=-7, hours=9)
    body = Client().get(mine).content.decode()
    assert "METHOD:PUBLISH" in body
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in body
    assert token.hint
    assert token.hint not in body
    assert all(len(line) <= 75 for line in body.encode().split(b"\r\n"))


def test_nothing_changed_nothing_new_and_a_change_raises_the_sequence(mine: str) -> None:
    token = make_token(owner_email=ADA)
    first = Client().get(mine).content
    with audited(actor=ACTOR, now=timezone.now()) as trail:  # what a calendar does not show
        trail.add(Event.TOKEN_HEALTH_CHANGED, token, old="unchecked", new="valid")
    assert Client().get(mine).content == first
    (before,) = events(mine)
    edit_token(token=token, label="new", actor=ACTOR, now=timezone.now())
    (after,) = events(mine)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")


@pytest.mark.parametrize("state", ["revoked", "replaced"])
def test_what_is_no_longer_active_vanishes(mine: str, state: str) -> None:
    token = make_token(owner_email=ADA)
    columns = {"state": state} | ({"replaced_at": NOW} if state == "replaced" else {})
    Token.objects.filter(pk=token.pk).update(**columns)
    assert events(mine) == []


def test_the_secret_is_shown_once_and_kept_as_a_digest(as_administrator: Client, mine: str) -> None:
    secret = mine.removeprefix("/calendar/").removesuffix(".ics")
    text = as_administrator.get("/notifications/calendar/").content.decode()
    assert secret not in text
    link = CalendarLink.objects.get()
    assert len(bytes(link.digest)) == 32
    assert secret not in str(list(AuditEvent.objects.values_list("data", "subject_name")))


def test_it_ends_with_a_button(as_administrator: Client, mine: str) -> None:
    events(mine)
    link = CalendarLink.objects.get()
    assert link.fetched_at
    path = f"/notifications/calendar/{link.pk}/revoke/"
    assert as_administrator.post(path).status_code == 302
    assert Client().get(mine).status_code == 404
    assert "revoked" in as_administrator.get("/notifications/calendar/").content.decode()


def test_it_ends_with_its_account(administrator: Account, mine: str) -> None:
    Account.objects.filter(pk=administrator.pk).update(is_active=False)
    assert Client().get(mine).status_code == 404


def test_all_tokens_are_for_administrators_as_long_as_they_are(
    administrator: Account, as_administrator: Client
) -> None:
    path = "/notifications/calendar/others/"
    make_token()
    made = as_administrator.post(path, {"make": "everything"}).content.decode()
    feed = link_in(made)
    assert len(events(feed)) == 1
    Account.objects.filter(pk=administrator.pk).update(role=Role.AUDITOR.value)
    assert Client().get(feed).status_code == 404


def test_a_person_who_cannot_sign_in(as_administrator: Client) -> None:
    make_token(owner_email="owner@acme.example")
    path = "/notifications/calendar/others/"
    refused = as_administrator.post(path, {"make": "person", "email": "nobody@acme.example"})
    assert refused.status_code == 400
    sent = {"make": "person", "email": "Owner@acme.example "}
    feed = link_in(as_administrator.post(path, sent).content.decode())
    assert len(events(feed)) == 1
    Person.objects.filter(email="owner@acme.example").update(left_on=date(2020, 1, 1))
    assert Client().get(feed).status_code == 404


def test_an_auditor_makes_their_own_and_sees_no_other(
    as_auditor: Client, administrator: Account
) -> None:
    other, _ = make_calendar(account=administrator, everything=True, actor=ACTOR, now=NOW)
    text = as_auditor.post("/notifications/calendar/", {"make": "own"}).content.decode()
    assert link_in(text)
    assert "All tokens" not in text
    assert as_auditor.post(f"/notifications/calendar/{other.pk}/revoke/").status_code == 404
    assert as_auditor.post("/notifications/calendar/others/", {"make": "x"}).status_code == 403


def test_wrong_secrets_are_throttled_and_the_right_one_is_let_in(mine: str) -> None:
    limit = calendar_feed.WRONG.limit
    wrong = [Client().get(f"/calendar/ctc_{secrets.token_hex(8)}.ics") for _ in range(limit + 1)]
    assert [answer.status_code for answer in wrong] == [404] * limit + [429]
    assert wrong[-1]["Retry-After"] == "300"
    assert events(mine) == []


def test_a_link_that_is_fetched_all_the_time_is_slowed(mine: str) -> None:
    found = [Client().get(mine).status_code for _ in range(calendar_feed.FETCHES.limit + 1)]
    assert found[-1] == 429
    assert set(found[:-1]) == {200}


def test_too_many_links(as_administrator: Client, administrator: Account) -> None:
    for _ in range(10):
        make_calendar(account=administrator, actor=ACTOR, now=NOW)
    answer = as_administrator.post("/notifications/calendar/", {"make": "own"})
    assert answer.status_code == 400


def test_the_secret_is_in_no_log(
    administrator: Account, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _, plain = make_calendar(account=administrator, actor=ACTOR, now=NOW)
    logging.getLogger("django_structlog").setLevel(logging.DEBUG)
    try:
        Client().get(f"/calendar/{plain}.ics")
        Client().get(f"/calendar/{plain}x.ics")  # nearly right: django warns of a 404
    finally:
        logging.getLogger("django_structlog").setLevel(logging.NOTSET)
    printed = "".join(capfd.readouterr())
    assert plain not in printed
    line = redact(None, "", {"event": f"Not Found: /calendar/{plain}.ics", "request": plain})
    assert plain not in str(line)
    structlog.contextvars.clear_contextvars()
    del caplog


def test_queries_do_not_grow(mine: str, django_assert_max_num_queries: Any) -> None:
    make_person()
    for number in range(12):
        make_token(owner_email=ADA, label=f"n{number}")
    client = Client()
    client.get(mine)
    with django_assert_max_num_queries(10):
        assert client.get(mine).status_code == 200


def test_signed_in_or_not_it_is_the_same(mine: str, auditor: Account) -> None:
    assert signed_in(auditor).get(mine).status_code == 200
    assert Client().post(mine).status_code == 405


def test_a_link_is_not_made_in_somebody_elses_open_browser(as_administrator: Client) -> None:
    """It would go on telling what is theirs long after the browser was closed."""
    session = as_administrator.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    assert as_administrator.get("/notifications/calendar/").status_code == 200
    answer = as_administrator.post("/notifications/calendar/", {"make": "own"})
    assert answer["Location"] == "/accounts/confirm/?next=%2Fnotifications%2Fcalendar%2F"
    assert not CalendarLink.objects.exists()
