"""Delivery to a real SMTP server that accepts, refuses, hangs up and hangs."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from tests.factories import failing, make_account, make_person
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.audit import verify
from tokens.models import AuditEvent, Mail, Notice, Token
from tokens.notifications import outbox, rendering
from tokens.services import deliver, record_delivery
from tokens.services.deliver import Delivered, deliver_due
from tokens.services.remind import plan_reminders

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER = "owner@example.com"
BOSS = "boss@example.com"


def body_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


def go(sink: Sink, days: float = 0, **options: Any) -> Delivered:
    now = NOON + timedelta(days=days)
    return deliver_due(now=now, connection_factory=sink.factory, **options)


def test_sent_is_what_the_server_accepted(sink: Sink) -> None:
    token = token_due_in(-12, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert go(sink) == Delivered(sent=1)
    (message,) = sink.arrived
    mail = Mail.objects.get()
    assert message["Message-ID"] == mail.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Tue, 10 Mar 2026 12:00:00 +0000"
    assert mail.subject == message["Subject"]
    assert mail.sent_at is not None
    for text in (body_of(message), body_of(message, "html")):
        for words in (
            token.integration.name,
            token.company.name,
            "production",
            "Due on Thursday 26 February 2026 (UTC), 12 days overdue.",
            f"{settings.PUBLIC_URL}/tokens/{token.pk}/",
            OWNER,
        ):
            assert words in text
        assert token.hint not in text
    entry = AuditEvent.objects.get(kind="reminder.sent")
    assert entry.subject_id == str(token.pk)
    assert entry.company_id == str(token.company_id)
    assert OWNER in entry.data
    assert verify().ok


def test_one_connection_carries_many_mails(sink: Sink) -> None:
    for number in range(5):
        token_due_in(7, owner_email=f"owner{number}@example.org")
    plan_reminders(now=NOON)
    opened = []

    def factory() -> EmailBackend:
        opened.append(1)
        return sink.backend()

    assert deliver_due(now=NOON, connection_factory=factory).sent == 5
    assert len(sink.arrived) == 5
    assert len(opened) == 1


def test_one_recipient_of_three_refused_for_good(sink: Sink) -> None:
    make_account(BOSS)
    make_account("second@example.com")
    token_due_in(-7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.refuse[OWNER] = "550 no such user"
    assert go(sink) == Delivered(sent=2, failed=1)
    assert sink.to == [BOSS, "second@example.com"]
    mail = Mail.objects.get(recipient=OWNER)
    assert (mail.status, mail.last_problem, mail.attempts) == ("refused", "address_refused", 1)
    assert AuditEvent.objects.filter(kind="mail.failed").count() == 1
    # Tried again a day later, recorded once, and delivered when somebody repaired the mailbox.
    # Meanwhile both administrators are told that it does not arrive.
    assert go(sink, days=0.5) == Delivered(sent=2)
    assert go(sink, days=1.1) == Delivered(failed=1)
    assert AuditEvent.objects.filter(kind="mail.failed").count() == 1
    sink.refuse.clear()
    assert go(sink, days=2.2) == Delivered(sent=1)


def test_later_is_later_with_backoff_per_recipient_and_the_same_message_id(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    token_due_in(7, owner_email="other@example.com")
    plan_reminders(now=NOON)
    sink.refuse[OWNER] = "450 greylisted"
    assert go(sink) == Delivered(sent=1, failed=1)
    mail = Mail.objects.get(recipient=OWNER)
    assert (mail.status, mail.last_problem, mail.claim) == ("queued", "try_later", None)
    assert mail.next_attempt_at is not None
    assert timedelta(seconds=59) < mail.next_attempt_at - NOON < timedelta(seconds=70)
    assert go(sink, days=30 / 86400) == Delivered()
    sink.refuse.clear()
    assert go(sink, days=90 / 86400) == Delivered(sent=1)
    assert sink.arrived[-1]["Message-ID"] == mail.message_id


@pytest.mark.parametrize("answer", ["450 greylisted", "550 no such user"])
def test_a_mail_does_not_wait_for_a_clock_that_was_put_back(sink: Sink, answer: str) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.refuse[OWNER] = answer
    assert go(sink, days=3).failed == 1
    sink.refuse.clear()
    assert go(sink, days=3).sent == 0
    assert go(sink) == Delivered(sent=1)
    assert go(sink) == Delivered()


@pytest.mark.parametrize(
    ("answer", "problem"), [("554 looks like spam", "content_refused"), ("451 busy", "try_later")]
)
def test_a_refused_content_is_not_the_address_fault(sink: Sink, answer: str, problem: str) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.data_answer = answer
    assert go(sink) == Delivered(failed=1)
    mail = Mail.objects.get()
    assert (mail.status, mail.last_problem) == ("queued", problem)


def test_a_connection_dropped_after_data_is_repeated_with_the_same_message_id(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.drop_after_data = True
    assert go(sink) == Delivered(failed=1)
    assert Mail.objects.get().last_problem == "broken_off"
    sink.drop_after_data = False
    assert go(sink, days=1 / 24) == Delivered(sent=1)
    first, second = sink.arrived
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_that_keeps_hanging_up_is_left_alone(sink: Sink) -> None:
    for number in range(5):
        token_due_in(7, owner_email=f"owner{number}@example.org")
    plan_reminders(now=NOON)
    sink.drop_after_data = True
    assert go(sink) == Delivered(failed=deliver.PATIENCE)
    assert Mail.objects.filter(attempts=0).count() == 2


def test_no_server_no_attempt_but_the_reason_is_shown() -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)

    def nobody_listens() -> EmailBackend:
        return EmailBackend(host="127.0.0.1", port=9, timeout=2)

    assert deliver_due(now=NOON, connection_factory=nobody_listens) == Delivered()
    mail = Mail.objects.get()
    assert (mail.attempts, mail.last_problem, mail.status) == (0, "no_connection", "queued")


def test_a_hanging_server_ends_in_bounded_time(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.hang = True

    def impatient() -> EmailBackend:
        return EmailBackend(host="127.0.0.1", port=sink.port, timeout=1)

    assert deliver_due(now=NOON, connection_factory=impatient) == Delivered(failed=1)
    assert Mail.objects.get().last_problem in {"broken_off", "timed_out"}


def test_a_dripping_server_is_cut_off(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.notifications.transport.SEND_SECONDS", 0.5)
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    sink.hang = True
    assert go(sink) == Delivered(failed=1)
    assert Mail.objects.get().status == "queued"


def test_without_starttls_nothing_is_sent_in_plain_text(sink: Sink) -> None:
    for number in range(3):
        token_due_in(7, owner_email=f"owner{number}@example.org")
    plan_reminders(now=NOON)

    def encrypted() -> EmailBackend:
        return sink.backend(use_tls=True)

    assert deliver_due(now=NOON, connection_factory=encrypted) == Delivered()
    assert deliver_due(now=NOON, connection_factory=encrypted) == Delivered()
    assert sink.arrived == []
    assert sink.attempts == []
    assert set(Mail.objects.values_list("last_problem", flat=True)) == {"no_encryption"}


def test_an_owner_replaced_before_sending_is_not_told_and_the_new_one_is(sink: Sink) -> None:
    token = token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Token.objects.filter(pk=token.pk).update(owner=make_person("new@example.com"))
    assert go(sink) == Delivered(cancelled=1)
    assert Mail.objects.get().status == "cancelled"
    plan_reminders(now=NOON)
    assert go(sink) == Delivered(sent=1)
    assert sink.to == ["new@example.com"]


def test_a_token_revoked_before_sending_is_not_reminded_of(sink: Sink) -> None:
    kept = token_due_in(7, owner_email=OWNER)
    gone = token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Token.objects.filter(pk=gone.pk).update(state="revoked")
    assert go(sink) == Delivered(sent=1, cancelled=1)
    text = body_of(sink.arrived[0])
    assert kept.integration.name in text
    assert gone.integration.name not in text


def test_what_became_tighter_while_it_waited_is_left_to_the_planner(sink: Sink) -> None:
    token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert go(sink, days=7) == Delivered(cancelled=1)
    plan_reminders(now=NOON + timedelta(days=7))
    assert go(sink, days=7) == Delivered(sent=1)
    assert len(sink.arrived) == 1


def test_reminders_wait_for_seven_o_clock_unless_asked_for(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert go(sink, days=-0.4) == Delivered()
    assert go(sink, days=-0.4, kinds=outbox.REMINDERS) == Delivered(sent=1)


def test_a_claim_keeps_others_away_until_it_runs_out(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    mail = Mail.objects.get()
    which = outbox.Which(outbox.REMINDERS, ignore_backoff=True)
    assert outbox.claim(mail.pk, which, now=NOON) is not None
    assert outbox.claim(mail.pk, which, now=NOON) is None
    assert go(sink, ignore_backoff=True) == Delivered()
    assert go(sink, days=61 / 86400, ignore_backoff=True) == Delivered(sent=1)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["settle", "_written", "record_sent"])
def test_a_kill_at_any_step_loses_nothing_and_repeats_only_after_data(
    step: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(deliver, step, die)
        with pytest.raises(Killed):
            go(sink)
    handed_over = len(sink.arrived)
    assert handed_over == (1 if step == "record_sent" else 0)
    assert go(sink, days=59 / 86400) == Delivered()
    assert go(sink, days=62 / 86400) == Delivered(sent=1)
    assert len(sink.arrived) == handed_over + 1
    assert len({message["Message-ID"] for message in sink.arrived}) == 1


def test_a_kill_between_recording_and_commit_records_nothing(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(record_delivery, "_add", die)
        with pytest.raises(Killed):
            go(sink)
    assert Notice.objects.get().status == "queued"
    assert not AuditEvent.objects.filter(kind="reminder.sent").exists()
    assert go(sink, days=62 / 86400) == Delivered(sent=1)


def test_a_process_that_dies_again_and_again_repeats_ever_more_slowly(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(deliver, "record_sent", die)
    for minute in range(60):
        try:
            go(sink, days=minute / 1440)
        except Killed:
            continue
    assert len(sink.arrived) <= 4


def test_an_acceptance_counts_even_where_the_claim_ran_out_meanwhile(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    which = outbox.Which(outbox.REMINDERS, ignore_backoff=True)
    slow = outbox.claim(Mail.objects.get().pk, which, now=NOON)
    assert slow is not None
    Mail.objects.update(claim=uuid4())
    record_delivery.record_sent(slow, list(Notice.objects.all()), subject="x", now=NOON)
    record_delivery.record_sent(slow, list(Notice.objects.all()), subject="x", now=NOON)
    assert Notice.objects.get().status == "sent"
    assert AuditEvent.objects.filter(kind="reminder.sent").count() == 1


def test_one_mail_that_cannot_be_written_does_not_keep_the_others(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_due_in(7, owner_email="a@example.com")
    token_due_in(7, owner_email="b@example.com")
    plan_reminders(now=NOON)

    def poisoned(mail: Mail, *args: Any, **kwargs: Any) -> Any:
        if mail.recipient == "a@example.com":
            raise RuntimeError("poisoned")
        return rendering.render(mail, *args, **kwargs)

    monkeypatch.setattr(deliver, "render", poisoned)
    assert go(sink) == Delivered(sent=1, failed=1)
    assert Mail.objects.get(recipient="a@example.com").last_problem == "not_written"


def test_mails_to_administrators_carry_the_head_of_the_audit_trail(sink: Sink) -> None:
    make_account(BOSS)
    token_due_in(-7, owner_email=OWNER, secret=failing(NOON - timedelta(days=1)))
    plan_reminders(now=NOON)
    go(sink)
    by_reader = {str(message["To"]): body_of(message) for message in sink.arrived}
    assert "Audit trail: entry " in by_reader[BOSS]
    assert "Audit trail" not in by_reader[OWNER]
    assert "Coolset refuses it." in by_reader[OWNER]
