"""Several planners and deliverers at the same time make the mails of one."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from tests.factories import make_account
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.models import Mail, Notice
from tokens.services.deliver import deliver_due
from tokens.services.remind import plan_reminders

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("audit_triggers_dropped"),
    pytest.mark.enable_socket,
]


def at_once(number: int, work: Callable[[], object]) -> None:
    problems: list[BaseException] = []
    barrier = threading.Barrier(number)

    def one() -> None:
        try:
            barrier.wait(10)
            work()
        except BaseException as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []


def test_five_beats_at_once_make_the_mails_of_one(sink: Sink) -> None:
    make_account("boss@example.com")
    for number in range(8):
        token_due_in(-7, owner_email=f"owner{number % 3}@example.org")

    def beat() -> None:
        plan_reminders(now=NOON)
        deliver_due(now=NOON, connection_factory=sink.factory)

    at_once(5, beat)
    assert Notice.objects.filter(status="sent").count() == 16
    assert Mail.objects.count() == 4
    assert sink.to == sorted(["boss@example.com", *(f"owner{n}@example.org" for n in range(3))])
