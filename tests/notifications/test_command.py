"""send_reminders: any hour, exact counts, exact exit codes, other processes' claims."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command, execute_from_command_line

from tests.factories import make_account
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.management.commands import send_reminders as command
from tokens.models import Mail
from tokens.services.remind import plan_reminders
from tokens.services.send_reminders import Tally, send_reminders

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER = "owner@example.com"
BOSS = "boss@example.com"
NIGHT = NOON.replace(hour=1)


def send(sink: Sink, now: datetime = NIGHT, **options: Any) -> Tally:
    return send_reminders(clock=lambda: now, connection_factory=sink.factory, **options)


def test_it_counts_reminders_at_any_hour_and_is_done_once(sink: Sink) -> None:
    make_account(BOSS)
    token_due_in(-7, now=NIGHT, owner_email=OWNER)
    token_due_in(14, now=NIGHT, owner_email=OWNER)
    assert send(sink) == Tally(sent=3, failed=0, skipped=0)
    assert send(sink) == Tally(sent=0, failed=0, skipped=0)


def test_nobody_to_tell_is_skipped_and_a_refused_address_has_failed(sink: Sink) -> None:
    token_due_in(7, now=NIGHT, owner_email="")
    token_due_in(7, now=NIGHT, owner_email=OWNER)
    token_due_in(7, now=NIGHT, owner_email="other@example.com")
    sink.refuse[OWNER] = "550 no"
    assert send(sink) == Tally(sent=1, failed=1, skipped=1)
    assert send(sink) == Tally(sent=0, failed=1, skipped=1)
    assert send(sink).due == 2
    sink.refuse.clear()
    assert send(sink) == Tally(sent=1, failed=0, skipped=1)


def test_what_waited_in_the_queue_counts_as_due(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Mail.objects.update(attempts=3, next_attempt_at=NOON + timedelta(hours=5))
    assert send(sink, NOON) == Tally(sent=1, failed=0, skipped=0)


def test_it_waits_for_another_process_and_takes_over_when_its_claim_runs_out(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Mail.objects.update(claim=uuid4(), claimed_until=NOON + timedelta(seconds=60))
    now = [NOON]

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    tally = send_reminders(clock=lambda: now[0], connection_factory=sink.factory, sleep=sleep)
    assert tally == Tally(sent=1, failed=0, skipped=0)
    assert now[0] - NOON >= timedelta(seconds=59)


def test_what_another_process_delivers_meanwhile_counts_as_sent(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Mail.objects.update(claim=uuid4(), claimed_until=NOON + timedelta(seconds=60))

    def sleep(seconds: float) -> None:
        mail = Mail.objects.get()
        mail.notices.update(status="sent", sent_at=NOON)
        Mail.objects.update(status="sent", sent_at=NOON, claim=None, claimed_until=None)

    assert send(sink, NOON, sleep=sleep) == Tally(sent=1, failed=0, skipped=0)
    assert sink.arrived == []


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("send_reminders", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Tally], None]:
    def answer(tally: Tally) -> None:
        def done(*, on_progress: Callable[[int, int], object], **options: object) -> Tally:
            on_progress(tally.sent, tally.due)
            return tally

        monkeypatch.setattr(command, "send_reminders", done)

    return answer


@pytest.mark.parametrize(
    ("tally", "code", "words"),
    [
        (Tally(0, 0, 0), 0, "No reminder is due."),
        (Tally(3, 0, 0), 0, "3 due, 3 sent."),
        (Tally(1, 1, 0), 1, "2 due, 1 sent, 1 not accepted"),
        (Tally(0, 0, 1), 1, "1 with nobody to tell"),
    ],
)
def test_exit_code_json_and_words(
    answered: Callable[[Tally], None], tally: Tally, code: int, words: str
) -> None:
    answered(tally)
    ended, text = run()
    assert (ended, words in text) == (code, True)
    ended, text = run("--json")
    assert ended == code
    assert json.loads(text.splitlines()[-1]) == {
        "due": tally.due,
        "sent": tally.sent,
        "failed": tally.failed,
        "skipped": tally.skipped,
    }


def test_the_command_as_it_is_run() -> None:
    assert run("--json") == (0, '{"due": 0, "sent": 0, "failed": 0, "skipped": 0}\n')
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "send_reminders", "--nonsense"])
    assert ended.value.code == 2
