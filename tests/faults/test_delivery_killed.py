"""kill -9 between every two steps of a delivery; the mail server stops where it is to happen."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from coolset_admin.env import BASE_DIR
from tests.faults import invariants
from tests.faults.campaign import LONG, Campaign
from tests.faults.database import writes_held

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
ROUNDS = 5 if LONG else 1
OWNERS = 8 * ROUNDS
#: Long enough for a process that was let go to come to the statement that it then waits in.
A_MOMENT = 1.0
#: Where the mail server stops first, by step.
WHERE = {
    "_connected": "greeting",
    "_claiming": "greeting",
    "_claimed": "RCPT",
    "_handed_over": "DATA",
    "_accepted": "DATA",
    "_recorded": "RCPT",
}


def test_no_reminder_is_lost_and_none_repeated_but_after_data(quiet: Campaign) -> None:
    """Seven days left: one reminder to each owner, so each mail is one reminder."""
    c = quiet
    c.import_tokens(OWNERS * 3, ages=(83,), owners=OWNERS)
    repeated: set[str] = set()
    for _ in range(ROUNDS):
        for step in (_connected, _claiming, _claimed):
            _killed_at(c, step)
        for step in (_handed_over, _accepted):
            _killed_at(c, step)
            repeated.add(str(c.sink.arrived[-1]["Message-ID"]))
        _killed_at(c, _recorded)
    c.lapse_claims()
    answer = c.instance.run("send_reminders")
    assert answer["failed"] == 0
    assert _arrived_twice(c) == repeated
    invariants.reminders_as_expected(c, alone=False)
    c.checked.append(f"{len(repeated)} mails repeated, all killed after DATA, by one Message-ID")
    invariants.after_every_fault(c)


def _arrived_twice(c: Campaign) -> set[str]:
    counted = Counter(str(mail["Message-ID"]) for mail in c.sink.arrived)
    assert set(counted.values()) <= {1, 2}
    return {each for each, times in counted.items() if times == 2}


def _killed_at(c: Campaign, step: Callable[[Campaign, ExitStack], None]) -> None:
    """Deliver in a process of its own, bring it to the step, and kill it there."""
    with ExitStack() as held:
        c.sink.hold(WHERE[step.__name__])
        victim = held.enter_context(
            subprocess.Popen(
                [sys.executable, "manage.py", "send_reminders"],
                cwd=BASE_DIR,
                env=c.instance.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        held.callback(c.sink.let_go)
        held.callback(victim.kill)
        c.sink.wait()
        step(c, held)
        assert victim.poll() is None, "it was too late"
        victim.kill()
        victim.wait()
        c.inject(f"SIGKILL{step.__name__.replace('_', ' ')}")


def _connected(c: Campaign, held: ExitStack) -> None:
    """Connected, not greeted, nothing claimed."""


def _claiming(c: Campaign, held: ExitStack) -> None:
    """The claim cannot be written yet."""
    held.enter_context(writes_held(c.instance))
    c.sink.let_go()
    time.sleep(A_MOMENT)


def _claimed(c: Campaign, held: ExitStack) -> None:
    """Claimed; the server has heard the sender, not the mail."""
    assert c.count("SELECT count(*) FROM tokens_mail WHERE claim IS NOT NULL") > 0


def _handed_over(c: Campaign, held: ExitStack) -> None:
    """All of it is with the server, which has not answered."""


def _accepted(c: Campaign, held: ExitStack) -> None:
    """The server said 250; that it did cannot be written yet."""
    held.enter_context(writes_held(c.instance))
    c.sink.let_go()
    time.sleep(A_MOMENT)


def _recorded(c: Campaign, held: ExitStack) -> None:
    """One is on record as sent; the next has begun."""
    before = c.count("SELECT count(*) FROM tokens_mail WHERE status = 'sent'")
    c.sink.hold("RCPT")
    c.sink.wait()
    assert c.count("SELECT count(*) FROM tokens_mail WHERE status = 'sent'") == before + 1
