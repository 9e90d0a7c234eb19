"""The product watches its own work: told once per outage, to administrators, and never in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import NOW, make_account, make_token
from tests.notifications.sink import Sink
from tokens.models import AuditEvent, Mail, MailStatus, Notice, Pulse, Secret
from tokens.notifications.troubles import Work
from tokens.services.deliver import Delivered, deliver_due
from tokens.services.watch import watch

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

BOSS = "boss@example.com"
FIVE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _boss() -> None:
    make_account(BOSS)


def pulse(name: str, at: datetime) -> None:
    Pulse.objects.update_or_create(name=name, defaults={"at": at})


def look_until(end: datetime, *, since: datetime) -> dict[Work, datetime]:
    """Look every five minutes, as beat does."""
    found: dict[Work, datetime] = {}
    while since <= end:
        found = watch(now=since)
        since += FIVE
    return found


def waiting(at: datetime, *, kind: str = "failing", to: str = "owner@example.com") -> Mail:
    return Mail.objects.create(
        recipient=to, kind=kind, message_id=f"<{Mail.objects.count()}@x>", created_at=at
    )


def test_checks_that_stand_still_are_told_once_and_in_words(sink: Sink) -> None:
    pulse("sweep", NOW)
    assert look_until(NOW + 6 * FIVE, since=NOW) == {}
    assert look_until(NOW + 20 * FIVE, since=NOW + 7 * FIVE) == {Work.CHECKS: NOW}
    assert Notice.objects.count() == 1
    now = NOW + 21 * FIVE
    assert deliver_due(now=now, connection_factory=sink.factory) == Delivered(sent=1)
    (message,) = sink.arrived
    assert message["To"] == BOSS
    assert message["Subject"] == "This product is behind with its own work"
    body = message.get_body(("plain",))
    assert body is not None
    assert "No check went well since 2 March 2026, 09:30 UTC." in body.get_content()
    assert watch(now=now) == {Work.CHECKS: NOW}
    assert Mail.objects.count() == 1
    sent = AuditEvent.objects.get(kind="alert.sent")
    assert (sent.subject_type, sent.subject_name) == ("work", "checks")


def test_what_caught_up_is_not_told_any_more_and_a_new_outage_is(sink: Sink) -> None:
    pulse("sweep", NOW)
    look_until(NOW + 8 * FIVE, since=NOW)
    later = NOW + 9 * FIVE
    pulse("sweep", later)
    assert watch(now=later) == {}
    assert deliver_due(now=later, connection_factory=sink.factory) == Delivered(cancelled=1)
    assert sink.arrived == []
    assert look_until(later + 8 * FIVE, since=later + FIVE) == {Work.CHECKS: later}
    assert Notice.objects.filter(status="queued").count() == 1


def test_a_machine_that_slept_tells_nothing() -> None:
    pulse("sweep", NOW - timedelta(days=3))
    waiting(NOW - timedelta(days=3))
    assert look_until(NOW - timedelta(days=3), since=NOW - timedelta(days=3) - 8 * FIVE) == {}
    assert watch(now=NOW) == {}
    assert not Notice.objects.exists()


def test_a_long_sweep_that_gets_on_is_no_outage() -> None:
    pulse("sweep", NOW)
    secret = make_token().secret
    Secret.objects.filter(pk=secret.pk).update(last_checked_at=NOW + 7 * FIVE)
    assert look_until(NOW + 8 * FIVE, since=NOW) == {}
    assert look_until(NOW + 14 * FIVE, since=NOW + 9 * FIVE) == {Work.CHECKS: NOW + 7 * FIVE}


def test_a_sweep_that_never_ended_well_counts_from_what_waits() -> None:
    assert look_until(NOW + 8 * FIVE, since=NOW) == {}
    make_token(now=NOW + 8 * FIVE)
    assert look_until(NOW + 15 * FIVE, since=NOW + 9 * FIVE) == {Work.CHECKS: NOW + 8 * FIVE}


def test_mail_that_waits_is_told_but_neither_our_own_warning_nor_a_reminder_at_night() -> None:
    night = NOW.replace(hour=3, minute=0)
    waiting(night, kind="reminder")
    waiting(night, kind="behind")
    pulse("sweep", night + 20 * FIVE)
    assert look_until(night + 9 * FIVE, since=night) == {}
    stuck = waiting(night + 9 * FIVE)
    assert look_until(night + 20 * FIVE, since=night + 10 * FIVE) == {Work.MAIL: stuck.created_at}
    stuck.status = MailStatus.CANCELLED.value
    stuck.save()
    assert watch(now=night + 21 * FIVE) == {}
