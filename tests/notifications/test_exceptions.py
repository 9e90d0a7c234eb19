"""Mails about exceptions, and the reminders that an exception silences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import ACTOR, make_account
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tests.notifications.test_delivery import body_of
from tokens.models import Mail, Notice, PolicyException, Token
from tokens.notifications.upcoming import next_reminder
from tokens.policy.days import utc_day
from tokens.policy.settings import DEFAULT
from tokens.services.compromise import mark_compromised
from tokens.services.deliver import Delivered, deliver_due
from tokens.services.exceptions import (
    approve_exception,
    ask_exception,
    close_exception,
    refuse_exception,
)
from tokens.services.exceptions.telling import remind_exceptions
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db

OWNER, ADA, BOB, EVE = (f"{name}@acme.example" for name in ("owner", "ada", "bob", "eve"))
TODAY = utc_day(NOON)


@pytest.fixture(autouse=True)
def _administrators() -> None:
    for email in (ADA, BOB, EVE):
        make_account(email)


def ask(token: Token, *flags: str, days: int = 20, ago: int = 0) -> PolicyException:
    return ask_exception(
        token=token,
        flags=flags or ("overdue",),
        reason="The supplier answers after Easter.",
        ends_on=TODAY + timedelta(days=days),
        by=ADA,
        actor=ACTOR,
        now=NOON - timedelta(days=ago),
    )


def approved(token: Token, *flags: str, days: int = 20, ago: int = 0) -> PolicyException:
    exception = ask(token, *flags, days=days, ago=ago)
    now = NOON - timedelta(days=ago)
    return approve_exception(exception=exception, by=BOB, actor=ACTOR, now=now)


def told(kind: str = "exception") -> list[tuple[str, int]]:
    rows = Notice.objects.filter(kind=kind, status="queued")
    return sorted(rows.values_list("recipient", "threshold"))


def all_sent() -> None:
    Notice.objects.filter(status="queued").update(status="sent", sent_at=NOON)
    Mail.objects.filter(status="queued").update(status="sent", sent_at=NOON)


def look(days: int) -> list[tuple[str, int]]:
    remind_exceptions(now=NOON + timedelta(days=days))
    return told()


@pytest.mark.enable_socket
def test_administrators_other_than_the_asker_are_told_at_once(sink: Sink) -> None:
    exception = ask(token_due_in(-12, owner_email=OWNER))
    assert told() == [(BOB, 0), (EVE, 0)]
    assert deliver_due(now=NOON, connection_factory=sink.factory) == Delivered(sent=2)
    message = sink.arrived[0]
    assert message["Subject"].startswith("An exception waits for your decision: ")
    for text in (body_of(message), body_of(message, "html")):
        for words in (ADA, "30 March 2026", "overdue", exception.reason, str(exception.pk)):
            assert words in text


@pytest.mark.enable_socket
def test_what_is_decided_before_the_mail_goes_out_is_not_asked_any_more(sink: Sink) -> None:
    approved(token_due_in(-12, owner_email=OWNER))
    assert deliver_due(now=NOON, connection_factory=sink.factory) == Delivered(1, cancelled=2)
    assert [message["To"] for message in sink.arrived] == [ADA]


@pytest.mark.enable_socket
def test_who_asked_is_told_what_was_decided(sink: Sink) -> None:
    approved(token_due_in(-12, owner_email=OWNER))
    refused = ask(token_due_in(-9, owner_email=OWNER))
    refuse_exception(exception=refused, reason="Rotate it.", by=BOB, actor=ACTOR, now=NOON)
    deliver_due(now=NOON, connection_factory=sink.factory)
    first, second = sorted(sink.arrived, key=lambda message: str(message["Subject"]))
    assert {first["To"], second["To"]} == {ADA}
    assert f"{BOB} approved it" in body_of(first)
    assert f"{BOB} refused it: Rotate it." in body_of(second)


@pytest.mark.enable_socket
def test_an_approval_that_was_ended_before_the_mail_is_not_told(sink: Sink) -> None:
    exception = approved(token_due_in(-12, owner_email=OWNER))
    close_exception(exception=exception, by=BOB, actor=ACTOR, now=NOON)
    assert deliver_due(now=NOON, connection_factory=sink.factory).sent == 0


@pytest.mark.enable_socket
def test_owner_and_asker_are_told_before_the_end_and_after_it_once(sink: Sink) -> None:
    approved(token_due_in(-12, owner_email=OWNER))
    all_sent()
    assert look(12) == []
    assert look(13) == look(14) == [(ADA, 1), (OWNER, 1)]
    now = NOON + timedelta(days=14)
    assert deliver_due(now=now, connection_factory=sink.factory).sent == 2
    assert "It ends on Monday 30 March 2026 (UTC)." in body_of(sink.arrived[0])
    assert look(20) == []
    assert look(21) == look(22) == [(ADA, 2), (OWNER, 2)]
    now = NOON + timedelta(days=22)
    assert deliver_due(now=now, connection_factory=sink.factory).sent == 2
    assert "what it silenced is still so" in body_of(sink.arrived[-1])
    assert look(23) == []


@pytest.mark.enable_socket
def test_a_mail_that_waited_says_what_is_true_when_it_goes_out(sink: Sink) -> None:
    approved(token_due_in(-12, owner_email=OWNER))
    all_sent()
    assert len(look(13)) == 2
    now = NOON + timedelta(days=21)
    assert deliver_due(now=now, connection_factory=sink.factory) == Delivered(cancelled=2)
    assert look(21) == [(ADA, 2), (OWNER, 2)]


def test_nobody_is_told_of_an_end_that_changes_nothing() -> None:
    approved(token_due_in(60, owner_email=OWNER))
    short = approved(token_due_in(-12, owner_email=OWNER), days=5)
    all_sent()
    assert look(4) == []
    close_exception(exception=short, by=EVE, actor=ACTOR, now=NOON + timedelta(days=4))
    for days in (13, 21, 6, 25, 90):
        assert look(days) == []


@pytest.mark.parametrize(
    ("left", "flags", "silent"),
    [
        (-7, ("overdue",), True),
        (-7, ("expiring",), False),
        (-7, ("ownerless", "unused"), False),
        (7, ("expiring",), True),
        (30, ("expiring",), True),
        (7, ("overdue",), False),
        (-3, ("overdue",), True),
    ],
)
def test_an_exception_silences_the_reminders_of_its_side(
    left: int, flags: tuple[str, ...], silent: bool
) -> None:
    approved(token_due_in(left, owner_email=OWNER), *flags)
    plan_reminders(now=NOON)
    assert (told("reminder") == []) is silent


def test_of_a_compromised_token_reminders_go_on() -> None:
    token = token_due_in(-7, owner_email=OWNER)
    approved(token)
    plan_reminders(now=NOON)
    assert told("reminder") == []
    mark_compromised(token=token, reason="in a chat", by=ADA, actor=ACTOR, now=NOON)
    plan_reminders(now=NOON)
    assert (OWNER, -7) in told("reminder")


def test_a_compromised_one_that_was_replaced_is_reminded_of_too() -> None:
    token = token_due_in(40, owner_email=OWNER)
    replaced = {"state": "replaced", "replaced_at": NOON - timedelta(days=8)}
    Token.objects.filter(pk=token.pk).update(**replaced)
    approved(Token.objects.get(pk=token.pk), "not_revoked")
    plan_reminders(now=NOON)
    assert told("not_revoked") == []
    mark_compromised(token=token, reason="in a chat", by=ADA, actor=ACTOR, now=NOON)
    plan_reminders(now=NOON)
    assert (OWNER, 0) in told("not_revoked")


def test_reminders_come_back_with_the_tightest_alone() -> None:
    token = token_due_in(10, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert told("reminder") == [(OWNER, 14)]
    all_sent()
    approved(token, "expiring", days=9)
    for days in range(10):
        plan_reminders(now=NOON + timedelta(days=days))
        assert told("reminder") == []
    plan_reminders(now=NOON + timedelta(days=10))
    assert told("reminder") == [(OWNER, 0)]


def test_silent_reminders_cost_no_look_until_the_end() -> None:
    token = token_due_in(-7, owner_email=OWNER)
    approved(token, days=3)
    plan_reminders(now=NOON)
    token.refresh_from_db()
    assert token.remind_at is not None
    assert token.remind_at.isoformat() == "2026-03-14T00:00:00+00:00"
    exception = PolicyException.objects.get()
    close_exception(exception=exception, by=BOB, actor=ACTOR, now=NOON)
    plan_reminders(now=NOON)
    assert (OWNER, -7) in told("reminder")


def test_what_waited_in_the_outbox_is_silenced_too() -> None:
    token = token_due_in(-7, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert (OWNER, -7) in told("reminder")
    approved(token)
    assert plan_reminders(now=NOON).due == 0
    assert told("reminder") == []


@pytest.mark.enable_socket
def test_and_what_is_handed_over_before_the_planner_looks(sink: Sink) -> None:
    token = token_due_in(-7, owner_email=OWNER)
    plan_reminders(now=NOON)
    approved(token)
    deliver_due(now=NOON, connection_factory=sink.factory)
    assert not any("overdue" in str(message["Subject"]) for message in sink.arrived)
    assert told("reminder") == []


def test_of_a_replaced_token_nobody_is_asked_to_revoke_it() -> None:
    token = token_due_in(10, owner_email=OWNER)
    replaced = NOON - timedelta(days=30)
    Token.objects.filter(pk=token.pk).update(state="replaced", replaced_at=replaced)
    plan_reminders(now=NOON)
    assert (OWNER, -21) in told("not_revoked")
    approved(token, "not_revoked", days=3)
    plan_reminders(now=NOON)
    assert told("not_revoked") == []
    plan_reminders(now=NOON + timedelta(days=3))
    assert told("not_revoked") == []
    plan_reminders(now=NOON + timedelta(days=4))
    assert (OWNER, -21) in told("not_revoked")


def test_the_page_says_why_no_reminder_comes() -> None:
    token = token_due_in(-7, owner_email=OWNER)
    approved(token)
    token.refresh_from_db()
    said = next_reminder(token, rules=DEFAULT, now=NOON)
    assert said.on is None
    assert said.why_not == "An exception silences its reminders until 30 March 2026."
