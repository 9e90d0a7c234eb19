"""What pages say of mails."""

from datetime import date, timedelta

import pytest

from tests.factories import make_account
from tests.notifications.days import NOON, token_due_in
from tokens.models import Mail, Notice
from tokens.notifications.status import history, mail_backlog
from tokens.notifications.upcoming import next_reminder
from tokens.policy.settings import DEFAULT
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db

OWNER = "owner@example.com"
BOSS = "boss@example.com"


def test_the_next_reminder_before_and_after_one_was_sent() -> None:
    token = token_due_in(20, owner_email=OWNER)
    soon = next_reminder(token, rules=DEFAULT, now=NOON)
    assert (soon.on, soon.threshold, soon.recipients) == (date(2026, 3, 10), 30, (OWNER,))
    plan_reminders(now=NOON)
    Notice.objects.update(status="sent", sent_at=NOON)
    later = next_reminder(token, rules=DEFAULT, now=NOON)
    assert (later.on, later.threshold, later.why_not) == (date(2026, 3, 16), 14, "")


def test_who_will_be_told_depends_on_that_day() -> None:
    make_account(BOSS)
    token = token_due_in(0, owner_email=OWNER)
    plan_reminders(now=NOON)
    Notice.objects.update(status="sent", sent_at=NOON)
    found = next_reminder(token, rules=DEFAULT, now=NOON)
    assert (found.threshold, found.recipients) == (-7, (OWNER, BOSS))


def test_why_no_reminder_comes() -> None:
    nobody = next_reminder(token_due_in(20, owner_email=""), rules=DEFAULT, now=NOON)
    assert nobody.on is not None
    assert "no administrator" in nobody.why_not
    revoked = token_due_in(20, row={"state": "revoked"})
    assert next_reminder(revoked, rules=DEFAULT, now=NOON).why_not.startswith("It is revoked")


def test_history_tells_what_was_sent_and_what_waits_and_why() -> None:
    token = token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    (waiting,) = history(token)
    assert (waiting.recipient, waiting.at, waiting.status) == (OWNER, None, "queued")
    Mail.objects.update(last_problem="no_connection")
    assert history(token)[0].problem == "the mail server cannot be reached"
    Notice.objects.update(status="cancelled")
    assert history(token) == []


def test_the_backlog_counts_no_refused_address() -> None:
    assert mail_backlog(NOON).oldest is None
    token_due_in(7, owner_email=OWNER)
    token_due_in(7, owner_email="other@example.com")
    plan_reminders(now=NOON)
    Mail.objects.filter(recipient=OWNER).update(status="refused", last_problem="address_refused")
    backlog = mail_backlog(NOON + timedelta(minutes=11))
    assert (backlog.mails, backlog.oldest) == (1, timedelta(minutes=11))
