"""Reminders people keep, from end to end: pages say how, and a real mail server hears the rest.

Pages act now; beat runs on the days that follow, told which day it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_account, make_token
from tests.notifications.sink import Sink, running
from tokens.audit import verify
from tokens.models import AuditEvent, Mail, Person, RefusedAddress, Token
from tokens.policy.days import midnight, utc_day
from tokens.services.deliver import deliver_due
from tokens.services.remind import remind_if_open_hours
from tokens.web import outbox_retry

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER, SECOND, BOSS = "owner@acme.example", "second@acme.example", "boss@acme.example"


@pytest.fixture
def sink(socket_enabled: None) -> Iterator[Sink]:
    with running() as server:
        yield server


@pytest.fixture
def boss(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(outbox_retry, "wake_worker", lambda task: None)
    client = Client()
    client.force_login(make_account(BOSS), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def token(db: None) -> Token:
    """Due in seven days."""
    now = timezone.now()
    issued = midnight(utc_day(now) - timedelta(days=83))
    return make_token(owner_email=OWNER, issued_at=issued, now=issued + timedelta(hours=9))


def beat(sink: Sink, days: int) -> list[str]:
    """What beat does at eight in the morning, so many days from today; who is mailed."""
    at = midnight(utc_day(timezone.now())) + timedelta(days=days, hours=8)
    sink.arrived.clear()
    remind_if_open_hours(now=at)
    deliver_due(now=at, connection_factory=sink.factory)
    return sink.to


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def mail_to(sink: Sink, address: str) -> str:
    (message,) = [each for each in sink.arrived if each["To"] == address]
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def weekday(days: int) -> int:
    return (utc_day(timezone.now()) + timedelta(days=days)).weekday()


def test_reminders_people_keep(boss: Client, token: Token, sink: Sink) -> None:
    here = f"/tokens/{token.pk}/"
    _an_owner_who_cannot_sign_in_wants_one_day_alone(boss)
    _a_second_contact_is_named(boss, token)
    page = read(boss, here)
    for words in ("owns it", "second contact of its integration", "Held back as they prefer"):
        assert words in page

    # Seven days left: the second contact hears it at once, the owner on the day they chose.
    assert beat(sink, 0) == [SECOND]
    assert "you are the second contact of its integration" in mail_to(sink, SECOND)
    assert "held back as they prefer until" in read(boss, here)
    assert [beat(sink, day) for day in (1, 2)] == [[], []]
    assert beat(sink, 3) == [OWNER]
    assert "You get this because you own this Coolset token." in mail_to(sink, OWNER)

    _the_boss_puts_it_off(boss, token, days=8)
    assert [beat(sink, day) for day in range(4, 9)] == [[]] * 5

    # Overdue by now: everybody, once, as soon as they may be told.
    assert beat(sink, 9) == [BOSS, SECOND]
    sink.refuse[OWNER] = "550 no such user"
    assert beat(sink, 10) == []
    assert Mail.objects.get(status="refused").recipient == OWNER
    _the_mailbox_is_gone_and_comes_back(boss, token, sink)
    kinds = set(AuditEvent.objects.values_list("kind", flat=True))
    assert kinds > {
        "preference.changed",
        "token.snoozed",
        "mail.failed",
        "mail.tried_again",
        "reminder.sent",
        "alert.sent",
    }
    assert verify().ok


def _an_owner_who_cannot_sign_in_wants_one_day_alone(boss: Client) -> None:
    person = Person.objects.get(email=OWNER)
    quiet = [day for day in range(7) if day != weekday(3)]
    answer = boss.post(
        f"/people/{person.pk}/preferences/",
        {"digest": "none", "weekday": "0", "quiet": quiet, "time_zone": "Europe/Amsterdam"},
    )
    assert answer.status_code == 302


def _a_second_contact_is_named(boss: Client, token: Token) -> None:
    data = {"name": token.integration.name, "second_contact_email": SECOND}
    assert boss.post(f"/integrations/{token.integration_id}/edit/", data).status_code == 302


def _the_boss_puts_it_off(boss: Client, token: Token, *, days: int) -> None:
    until = utc_day(timezone.now()) + timedelta(days=days)
    data = {"until": until.isoformat(), "reason": "the release is next week"}
    assert boss.post(f"/tokens/{token.pk}/snooze/", data).status_code == 302
    assert "the release is next week" in read(boss, f"/tokens/{token.pk}/")
    assert "reminders snoozed until" in read(boss, "/")


def _the_mailbox_is_gone_and_comes_back(boss: Client, token: Token, sink: Sink) -> None:
    """Administrators are told, everywhere the address stands it says so, and then it is over."""
    assert beat(sink, 11) == [BOSS]
    assert f"Mails do not reach {OWNER}" in str(sink.arrived[0]["Subject"])
    assert f"The mail server refuses {OWNER}" in read(boss, "/")
    assert "Try again" in read(boss, "/outbox/")
    assert "The mail server refuses this address" in read(boss, f"/tokens/{token.pk}/")
    sink.refuse.clear()
    boss.post("/outbox/retry/", {"address": OWNER})
    assert not RefusedAddress.objects.exists()
    assert beat(sink, 17) == [BOSS, OWNER, SECOND]
    assert "Reminders do not reach everybody" not in read(boss, "/")
