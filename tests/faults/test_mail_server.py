"""A mail server that is down, puts off, refuses, hangs, or takes two of three recipients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.faults import invariants
from tests.faults.campaign import Campaign
from tests.faults.database import moment
from tests.faults.holding import serving

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
OWNERS = 3
TOKENS = 9
#: What a mail waits after its first and its second attempt.
WAITS = timedelta(minutes=1), timedelta(minutes=5)
FIRST = "owner0@acme.example"


def test_each_recipient_is_told_in_the_end(quiet: Campaign) -> None:
    c = quiet
    c.import_tokens(TOKENS, ages=(83,), owners=OWNERS)
    port = _down(c)
    with serving(c.sink, port):
        _for_all(c, "puts off (451)", "451 later", "queued")
        _put_off(c, attempts=1)
        _for_all(c, "refuses (554)", "554 no", "refused")
        _put_off(c, attempts=2)
        _the_worker_waits(c)
        _hangs(c)
        _one_of_three(c)
        assert _send(c, expect=0)["failed"] == 0
    invariants.reminders_as_expected(c)
    invariants.after_every_fault(c)


def _put_off(c: Campaign, attempts: int) -> None:
    """After each attempt every mail waits for longer."""
    now = datetime.now(UTC)
    for tried, again in c.rows("SELECT attempts, next_attempt_at FROM tokens_mail"):
        assert tried == attempts
        assert moment(again) - now > WAITS[attempts - 1] / 2
    c.checked.append(f"after attempt {attempts}: waits {WAITS[attempts - 1]}")


def _the_worker_waits(c: Campaign) -> None:
    """The command tries at once what somebody asks it to; the worker keeps to the wait."""
    before = len(c.sink.attempts)
    code, _, said = c.instance.ask("shell", "-c", "from tokens.tasks import deliver; deliver()")
    assert code == 0, said
    assert len(c.sink.attempts) == before
    c.checked.append("the worker waits")


def _send(c: Campaign, expect: int = 1) -> dict[str, int]:
    answer: dict[str, int] = c.instance.run("send_reminders", expect=expect)
    assert answer["sent"] + answer["failed"] == answer["due"]
    return answer


def _problems(c: Campaign) -> list[tuple[str, str, str]]:
    """What the product shows of each mail: to whom, how it stands, why."""
    found = c.rows("SELECT recipient, status, last_problem FROM tokens_mail ORDER BY recipient")
    return [(str(to), str(status), str(problem)) for to, status, problem in found]


def _down(c: Campaign) -> int:
    port = c.sink.port
    c.sink.close()
    c.inject("mail server down")
    assert _send(c)["failed"] == TOKENS
    assert all(problem for _, _, problem in _problems(c))
    c.checked.append(f"down: {_problems(c)[0][2]}")
    return port


def _for_all(c: Campaign, what: str, answer: str, status: str) -> None:
    c.sink.data_answer = answer
    c.inject(what)
    assert _send(c)["failed"] == TOKENS
    c.sink.data_answer = ""
    assert all(problem for _, _, problem in _problems(c))
    c.checked.append(f"{what}: {_problems(c)[0][1:]}")
    assert {each for _, each, _ in _problems(c)} <= {"queued", status}


def _hangs(c: Campaign) -> None:
    c.sink.hold("RCPT")
    c.inject("mail server hangs")
    assert _send(c)["failed"] == TOKENS
    c.sink.let_go()
    assert not c.sink.arrived
    c.checked.append(f"hangs: {_problems(c)[0][2]}")


def _one_of_three(c: Campaign) -> None:
    c.sink.refuse[FIRST] = "550 no such user"
    c.inject("one recipient of three refused")
    answer = _send(c)
    c.sink.refuse.clear()
    assert (answer["sent"], answer["failed"]) == (TOKENS - TOKENS // OWNERS, TOKENS // OWNERS)
    standing = {to: (status, bool(problem)) for to, status, problem in _problems(c)}
    assert standing.pop(FIRST) == ("refused", True)
    assert set(standing.values()) == {("sent", False)}
    c.checked.append("one of three refused: the two others sent")
