"""Not a byte left on the disk: acts that matter happen with their entry in the trail, or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.campaign import ADMINISTRATOR, LONG, Campaign
from tests.faults.cluster import Cluster
from tests.faults.conftest import Describe
from tests.faults.database import Rows, kept_open
from tests.faults.full import database_on, filled, small_disk

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 200
#: Acts of each kind: a page with room left takes the first of them.
ACTS = 12 if LONG else 2
#: What is done, in which table it is seen, and which entry it must have.
KINDS = {
    "revocation": ("SELECT count(*) FROM tokens_revocation", "revocation.recorded"),
    "compromise": ("SELECT count(*) FROM tokens_compromise", "token.compromised"),
    "key": ("SELECT count(*) FROM tokens_apikey", "api_key.created"),
}


@pytest.fixture
def disk(tmp_path: Path, cluster: Cluster | None) -> Iterator[Path]:
    """The instance's own folder lies on it; PostgreSQL reaches no folder of pytest's."""
    with ExitStack() as stack:
        place = cluster.folder / "small" if cluster else tmp_path / "var"
        yield stack.enter_context(small_disk(place))


def test_acts_happen_with_their_entry_or_not_at_all(describe: Describe, disk: Path) -> None:
    with describe() as c, database_on(c, disk):
        c.add_administrator()
        c.import_tokens(TOKENS)
        assert c.instance.run("validate_tokens", "--all")["valid"] == TOKENS
        with kept_open(c.instance) as rows, filled(disk):
            c.inject("not a byte left on the disk")
            _acts(c, rows, every_one_done=False)
            _, _, said = c.instance.ask("validate_tokens", "--all")
            assert "Traceback" not in said, said
        _acts(c, c.rows, every_one_done=True)
        assert c.instance.run("validate_tokens", "--all")["checked"] == TOKENS
        invariants.health_is(c, valid=TOKENS)
        invariants.after_every_fault(c)


def _acts(c: Campaign, rows: Rows, *, every_one_done: bool) -> None:
    """Some of each kind: each says how it ended, and the trail says the same as the tables."""
    ids = [row[0] for row in rows("SELECT id FROM tokens_token ORDER BY id")]
    for number in range(ACTS):
        token, other = (str(each) for each in c.chance.sample(ids, 2))
        ids = [each for each in ids if str(each) not in {token, other}]
        for kind, words in {
            "revocation": ("record_revocation", token, "--reason", "full", "--by", ADMINISTRATOR),
            "compromise": ("mark_compromised", other, "--reason", "full", "--by", ADMINISTRATOR),
            "key": ("api_key", "create", f"script {every_one_done} {number}"),
        }.items():
            _act(c, rows, kind, words, must_be_done=every_one_done)


def _act(c: Campaign, rows: Rows, kind: str, words: tuple[str, ...], *, must_be_done: bool) -> None:
    table, event = KINDS[kind]
    trail = "SELECT count(*) FROM tokens_auditevent WHERE kind = %s"
    before = (rows(table)[0][0], rows(trail, event)[0][0])
    code, _, said = c.instance.ask(*words)
    done = (rows(table)[0][0] - before[0], rows(trail, event)[0][0] - before[1])
    assert "Traceback" not in said, said
    assert (code, done) in {(0, (1, 1)), (1, (0, 0))}, f"{kind}: exit {code}, {done}: {said}"
    assert code == 0 or not must_be_done, said
    c.checked.append(f"{kind}: {'done, with its entry' if code == 0 else 'refused whole'}")
