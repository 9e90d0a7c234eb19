"""What has to hold after every fault, whatever it was; each says itself what it held."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

from tests.faults.campaign import ADMINISTRATOR, MARK, Campaign
from tests.faults.database import moment
from tests.journeys import dumps
from tests.journeys.leaks import found_in
from tests.journeys.oracle import tightest

ROTATE_DAYS = 90
#: For each health the outcomes of which one must be on record.
SAID_BY = {"valid": "valid", "insufficient": "forbidden", "failing": "unauthorized"}
#: What shown.py counts where there are two companies.
_ONES_OWN_ALONE = {
    "reported": [201, 404, 404], "refused": [404, 404], "own": [200], "named": [],
}  # fmt: skip


def no_plaintext(c: Campaign) -> None:
    """Database, write-ahead log, broker, logs, pages, exports and mails hold no value."""
    everywhere = b"\n".join(
        [
            dumps.database_cells(c.instance),
            dumps.folder_bytes(c.instance.folder),
            dumps.in_transit(c.instance),
            dumps.folder_bytes(c.instance.folder.parent),
            *c.instance.runs,
            dumps.mails_bytes(c.sink.arrived),
        ]
    )
    assert all(MARK in token.value for token in c.tokens)
    assert found_in(everywhere, [MARK, *(token.value for token in c.tokens[:3])]) == []
    size = len(everywhere)
    for file in c.cluster.log_bytes() if c.cluster else ():
        assert found_in(file, [MARK]) == []
        size += len(file)
    c.checked.append(f"no plaintext in {size >> 10} kB")


def nobody_sees_too_much(c: Campaign) -> None:
    """Every page and export is printed, to be searched; a key of one company's integration, a key
    bound to a company and a person with a role in it are told of another's token what they are told
    of none, and no list of theirs speaks of another company."""
    words = f"from tests.faults.shown import show; show({MARK[:6]!r})"
    code, said, problem = c.instance.ask("shell", "-c", words)
    assert code == 0, problem
    seen = json.loads(said.splitlines()[-1])
    assert seen["foreign"] in (_ONES_OWN_ALONE, {}), seen
    c.checked.append(f"{seen['pages']} pages, no other company's row")


def trail_verifies(c: Campaign) -> None:
    """The audit chain is whole."""
    assert c.instance.run("verify_audit")["ok"] is True
    c.checked.append("the audit chain verifies")


def health_is_conclusive(c: Campaign) -> None:
    """Nobody's health is other than what a conclusive answer said."""
    outcomes: dict[str, set[str]] = {}
    for secret, outcome in c.rows("SELECT secret_id, outcome FROM tokens_check"):
        outcomes.setdefault(str(secret), set()).add(outcome)
    for secret, health in c.rows("SELECT id, health FROM tokens_secret"):
        if health != "unchecked":
            assert SAID_BY[health] in outcomes.get(str(secret), set()), health
    c.checked.append("health changed on conclusive answers alone")


def health_is(c: Campaign, **expected: int) -> None:
    """So many tokens of each health."""
    found = dict(c.rows("SELECT health, count(*) FROM tokens_secret GROUP BY health"))
    assert found == expected
    c.checked.append(", ".join(f"{count} {health}" for health, count in sorted(found.items())))


def one_result_each(c: Campaign, times: int = 1) -> None:
    """Every token was checked so often: not once less, not once more."""
    counted = Counter(
        int(row[0])
        for row in c.rows(
            "SELECT COALESCE((SELECT SUM(k.count) FROM tokens_check k WHERE k.secret_id = s.id), 0)"
            " FROM tokens_secret s"
        )
    )
    assert counted == {times: len(c.tokens)}
    c.checked.append(f"{times} result(s) per token")


def reminders_as_expected(c: Campaign, *, administrator: bool = False, alone: bool = True) -> None:
    """The ledger is what the oracle says; each mail arrived, once where it is `alone`."""
    also = [ADMINISTRATOR] if administrator else []
    expected = sorted(
        (token.label, threshold, to)
        for token in c.tokens
        if (threshold := tightest(ROTATE_DAYS - token.age)) is not None
        for to in {token.owner, *(also if token.age > ROTATE_DAYS else [])}
    )
    told = c.rows(
        "SELECT t.label, n.threshold, n.recipient FROM tokens_notice n "
        "JOIN tokens_token t ON t.id = n.token_id WHERE n.kind = 'reminder' AND n.status = 'sent'"
    )
    assert sorted(tuple(row) for row in told) == expected
    arrived = Counter(str(mail["Message-ID"]) for mail in c.sink.arrived)
    ids = {row[0] for row in c.rows("SELECT message_id FROM tokens_mail WHERE status = 'sent'")}
    assert set(arrived) == ids
    if alone:
        assert set(arrived.values()) <= {1}
    c.checked.append(f"{len(expected)} reminders as the oracle says")


def nothing_waits(c: Campaign) -> None:
    """No claim of a dead process holds longer than five minutes."""
    for (held,) in c.rows("SELECT claimed_until FROM tokens_secret WHERE claim IS NOT NULL"):
        assert (moment(held) - datetime.now(UTC)).total_seconds() <= 300


def after_every_fault(c: Campaign) -> None:
    """Those that hold after all of them."""
    nobody_sees_too_much(c)
    no_plaintext(c)
    trail_verifies(c)
    health_is_conclusive(c)
