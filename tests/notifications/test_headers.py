"""Mails about one token stand together in a mail program; reminders say where they are set."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.conf import settings

from tests.factories import failing, make_account, make_token
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tests.notifications.test_delivery import body_of
from tokens.models import Account, Token
from tokens.notifications.headers import thread_of
from tokens.services.alert import queue_alerts
from tokens.services.deliver import deliver_due
from tokens.services.remind import plan_reminders

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
OWNER = "owner@example.com"
PREFERENCES = f"{settings.PUBLIC_URL}/preferences/"


def told(sink: Sink, days: int = 0) -> list[EmailMessage]:
    """What arrives now."""
    before = len(sink.arrived)
    deliver_due(now=NOON + timedelta(days=days), connection_factory=sink.factory)
    return list(sink.arrived[before:])


def broken_token() -> Token:
    secret = failing(NOON - timedelta(minutes=6), accepted_at=NOON - timedelta(hours=1))
    return make_token(owner_email=OWNER, secret=secret)


def test_all_mails_about_one_token_are_one_thread(sink: Sink) -> None:
    token = token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    (first,) = told(sink)
    plan_reminders(now=NOON + timedelta(days=6))
    (second,) = told(sink, days=6)
    thread = thread_of(token.pk)
    assert first["References"] == second["References"] == thread
    assert first["In-Reply-To"] == second["In-Reply-To"] == thread
    assert first["Message-ID"] != second["Message-ID"]
    domain = str(first["Message-ID"]).strip("<>").rpartition("@")[2]
    assert thread == f"<token.{token.pk}@{domain}>"


def test_a_mail_about_several_belongs_to_no_thread(sink: Sink) -> None:
    for _ in range(2):
        token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    (message,) = told(sink)
    assert message["References"] is None
    assert message["In-Reply-To"] is None


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_reader_with_an_account_is_told_where_reminders_are_set(sink: Sink, kind: str) -> None:
    make_account(OWNER.title())
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    (message,) = told(sink)
    assert message["List-Unsubscribe"] == f"<{PREFERENCES}>"
    assert PREFERENCES in body_of(message, kind)


@pytest.mark.parametrize("account", [False, True])
def test_nobody_is_sent_to_a_page_that_does_not_open(sink: Sink, account: bool) -> None:
    if account:
        make_account(OWNER)
        Account.objects.update(is_active=False)
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    (message,) = told(sink)
    assert message["List-Unsubscribe"] is None
    assert PREFERENCES not in body_of(message)


def test_an_alert_cannot_be_put_off_and_says_nothing_of_it(sink: Sink) -> None:
    make_account(OWNER)
    token = broken_token()
    queue_alerts(failing=[token.secret_id], now=NOON)
    (message,) = told(sink)
    assert message["List-Unsubscribe"] is None
    assert message["References"] == thread_of(token.pk)
    assert PREFERENCES not in body_of(message)
