"""Rows that cannot be opened, or recorded: the rest completes, and the row alerts, once."""

from __future__ import annotations

import pytest

from tests.faults import invariants
from tests.faults.campaign import ADMINISTRATOR, LONG, Campaign

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 600
SWEEPS = 3


@pytest.mark.chance
def test_the_rest_completes_and_the_rows_alert(quiet: Campaign) -> None:
    c = quiet
    c.add_administrator()
    c.import_tokens(TOKENS)
    assert c.instance.run("validate_tokens", "--all")["valid"] == TOKENS
    flipped, swapped, other, broken = (f"f{n}" for n in c.chance.sample(range(TOKENS), 4))
    _flip_a_bit(c, flipped)
    _swap(c, swapped, other)
    _break_a_column(c, broken)
    for _ in range(SWEEPS):
        c.make_due()
        code, _, said = c.instance.ask("validate_tokens", "--due")
        assert (code, "Traceback" in said) == (1, False), said
    bad = {flipped, swapped, other, broken}
    _alerted_once(c, bad)
    _the_rest_goes_on(c, bad)
    invariants.health_is(c, valid=TOKENS)
    invariants.after_every_fault(c)


def _sealed(c: Campaign, label: str) -> bytes:
    return bytes(c.rows("SELECT sealed FROM tokens_token WHERE label = %s", label)[0][0])


def _seal(c: Campaign, label: str, value: bytes) -> None:
    assert c.change("UPDATE tokens_token SET sealed = %s WHERE label = %s", value, label) == 1


def _flip_a_bit(c: Campaign, label: str) -> None:
    value = bytearray(_sealed(c, label))
    bit = c.chance.randrange(8 * len(value))
    value[bit // 8] ^= 1 << bit % 8
    _seal(c, label, bytes(value))
    c.inject("one bit of a sealed value flipped")


def _swap(c: Campaign, one: str, other: str) -> None:
    first, second = _sealed(c, one), _sealed(c, other)
    _seal(c, one, second)
    _seal(c, other, first)
    c.inject("two sealed values swapped")


def _break_a_column(c: Campaign, label: str) -> None:
    """What no code of ours ever writes: the answer to this token's check cannot be recorded."""
    wrong = "UPDATE tokens_secret SET own_calls = %s WHERE id = "
    which = "(SELECT secret_id FROM tokens_token WHERE label = %s)"
    assert c.change(wrong + which, '{"not": "a list"}', label) == 1
    c.inject("a column that cannot be read")


def _alerted_once(c: Campaign, bad: set[str]) -> None:
    c.instance.ask("shell", "-c", "from tokens.tasks import deliver; deliver()")
    told = c.rows(
        "SELECT t.label, n.kind, n.recipient FROM tokens_notice n "
        "JOIN tokens_token t ON t.id = n.token_id WHERE n.kind <> 'reminder' AND n.status = 'sent'"
    )
    assert sorted(tuple(row) for row in told) == sorted(
        (label, "unreadable", ADMINISTRATOR) for label in bad
    )
    c.checked.append(f"{len(bad)} rows alerted once over {SWEEPS} sweeps")


def _the_rest_goes_on(c: Campaign, bad: set[str]) -> None:
    counts = c.rows(
        "SELECT t.label, (SELECT SUM(k.count) FROM tokens_check k "
        "WHERE k.secret_id = t.secret_id AND k.outcome = 'valid') FROM tokens_token t"
    )
    assert {int(count) for label, count in counts if label not in bad} == {SWEEPS + 1}
    assert {int(count) for label, count in counts if label in bad} == {1}
    c.checked.append(f"{TOKENS - len(bad)} others checked in each of them")
