"""A token is revoked while it is asked about, and while its reminder is on its way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coolset_admin.env import BASE_DIR
from tests.faults import invariants
from tests.faults.campaign import ADMINISTRATOR, LONG, Campaign, Seeded
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 80
REVOKED = 5
OWNERS = 4


@pytest.mark.chance
def test_revoked_during_a_probe(quiet: Campaign) -> None:
    """The answer that comes late says 200: no proof against a revocation recorded before it."""
    c = quiet
    c.instance.environment["COOLSET_TIMEOUT"] = "110"
    c.add_administrator()
    c.import_tokens(TOKENS)
    assert c.instance.run("validate_tokens", "--all")["valid"] == TOKENS
    revoked = c.chance.sample(c.tokens, REVOKED)
    for token in revoked:
        c.coolset.set_mode(token.value, "held")
    before = {token.label: c.coolset.calls(token.value) for token in revoked}
    with _process(c, "validate_tokens", "--all") as probing:
        until(lambda: all(c.coolset.calls(t.value) > before[t.label] for t in revoked), "asked")
        _record_revocations(c, revoked)
        for token in revoked:
            c.coolset.set_mode(token.value, "valid")
        assert probing.wait(300) == 0
    _nothing_came_of_it(c)
    for token in revoked:
        c.coolset.revoke(token.value)
    _proved(c)
    invariants.after_every_fault(c)


@contextmanager
def _process(c: Campaign, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=BASE_DIR, env=c.instance.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def _record_revocations(c: Campaign, tokens: list[Seeded]) -> None:
    """By the service, all at once: a command for each would take too long."""
    labels = [token.label for token in tokens]
    words = (
        "from django.utils import timezone; from tokens.audit import system; "
        "from tokens.models import Token; "
        "from tokens.services.record_revocation import record_revocation; "
        f"[record_revocation(token=t, reason='the fault campaign', by={ADMINISTRATOR!r}, "
        "actor=system('faults'), "
        f"now=timezone.now()) for t in Token.objects.filter(label__in={labels!r})]"
    )
    code, _, said = c.instance.ask("shell", "--no-imports", "-c", words)
    assert code == 0, said
    for _ in tokens:
        c.inject("a revocation recorded while the answer is under way")


def _nothing_came_of_it(c: Campaign) -> None:
    proofs = c.rows("SELECT proof, count(*) FROM tokens_revocation GROUP BY proof")
    assert [tuple(row) for row in proofs] == [("claimed", REVOKED)]
    late = c.rows(
        "SELECT SUM(k.count) FROM tokens_check k JOIN tokens_revocation r "
        "ON r.secret_id = k.secret_id GROUP BY k.secret_id"
    )
    assert {int(row[0]) for row in late} == {1}
    c.checked.append(f"{REVOKED} late answers discarded, their proofs untouched")


def _proved(c: Campaign) -> None:
    """Two refusals, a while apart, prove them; a late answer has cost nothing."""
    for _ in range(2):
        until(lambda: not c.waits_for_confirmation(), "it may count")
        c.make_due()
        c.instance.run("validate_tokens", "--due")
    proofs = c.rows("SELECT proof, count(*) FROM tokens_revocation GROUP BY proof")
    assert [tuple(row) for row in proofs] == [("confirmed", REVOKED)]
    c.checked.append(f"{REVOKED} revocations confirmed afterwards")


@pytest.mark.chance
def test_revoked_during_a_send(quiet: Campaign) -> None:
    """Connected and nothing claimed: what was revoked by then is left out. Claimed and written:
    that one mail goes out as it is, and no other names it."""
    c = quiet
    c.add_administrator()
    c.import_tokens(TOKENS // 20 * OWNERS, ages=(83,), owners=OWNERS)
    early, late = c.chance.sample(c.tokens, 2)
    c.sink.hold("greeting")
    with _process(c, "send_reminders") as sending:
        c.sink.wait()
        _record_revocations(c, [early])
        c.sink.hold("RCPT")
        c.sink.wait()
        _record_revocations(c, [late])
        c.sink.let_go()
        assert sending.wait(300) == 0
    told = dict(
        c.rows(
            "SELECT t.label, n.status FROM tokens_notice n JOIN tokens_token t "
            "ON t.id = n.token_id WHERE n.kind = 'reminder'"
        )
    )
    assert told.pop(early.label) == "cancelled"
    assert told.pop(late.label) in {"sent", "cancelled"}
    assert set(told.values()) == {"sent"}
    assert len(c.sink.arrived) == OWNERS
    c.checked.append("the reminder of what was revoked is cancelled, all others went out")
    assert c.instance.run("send_reminders")["due"] == 0
    invariants.after_every_fault(c)
