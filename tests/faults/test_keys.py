"""Keys that are missing or another instance's, and a rotation of keys that is killed half-way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coolset_admin.env import BASE_DIR
from coolset_admin.local_keys import new_keyring
from tests.faults import invariants
from tests.faults.campaign import LONG, Campaign
from tests.journeys.instance import until, up
from tokens.vault.keyring import parse_private

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 2500
KILLS = 5 if LONG else 1
#: Of all tokens, when the kill comes: it must not be too late to be one in the middle.
MOST_DONE = 0.7
#: It is too late all the same where a machine that does other things looks too seldom.
TRIES = 5


@pytest.mark.quick
@pytest.mark.chance
def test_a_rotation_killed_half_way_goes_on(quiet: Campaign) -> None:
    c = quiet
    c.import_tokens(TOKENS)
    ring = (c.instance.folder / "keys" / "token_keys").read_text().strip()
    for _ in range(KILLS):
        ring = _rotate_and_kill(c, ring)
        versions = dict(c.rows("SELECT key_id, count(*) FROM tokens_token GROUP BY key_id"))
        assert len(versions) > 1, versions
        assert c.instance.run("validate_tokens", "--all")["valid"] == TOKENS
        c.checked.append(f"both versions read: {sorted(versions.values())}")
    waiting = c.count(_NOT_CURRENT, _current(ring))
    assert c.instance.run("rotate_keys") == {"resealed": waiting, "remaining": 0}
    _keys(c, ring.split(",", 1)[0])
    assert c.instance.run("validate_tokens", "--all")["valid"] == TOKENS
    c.checked.append(f"resumed: {waiting} resealed; without the old keys all of them read")
    invariants.health_is(c, valid=TOKENS)
    invariants.after_every_fault(c)


_NOT_CURRENT = "SELECT count(*) FROM tokens_token WHERE key_id <> %s"


def _current(ring: str) -> str:
    return parse_private(ring).current_public().key_id


def _keys(c: Campaign, ring: str) -> None:
    (c.instance.folder / "keys" / "token_keys").write_text(ring + "\n")


def _rotate_and_kill(c: Campaign, ring: str) -> str:
    """Put a new key in front, begin to reseal, and kill that when some are done; the new ring."""
    for _ in range(TRIES):
        ring = f"{new_keyring()},{ring}"
        _keys(c, ring)
        with subprocess.Popen(
            [sys.executable, "manage.py", "rotate_keys"],
            cwd=BASE_DIR, env=c.instance.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as victim:  # fmt: skip
            left = TOKENS * (1 - c.chance.uniform(0, MOST_DONE))
            while c.count(_NOT_CURRENT, _current(ring)) >= left and victim.poll() is None:
                time.sleep(0.005)
            victim.kill()
        if c.count(_NOT_CURRENT, _current(ring)):
            c.inject("SIGKILL of rotate_keys between two batches")
            return ring
    raise AssertionError("it was always faster than the kill")


def test_wrong_and_missing_keys_are_told_by_name(quiet: Campaign) -> None:
    """First the instance's own keys, then others in their place, one after the other."""
    c = quiet
    c.import_tokens(20)
    assert c.instance.run("validate_tokens", "--all")["valid"] == 20
    code, _, said = c.instance.ask("shell", "-c", "from tokens.tasks import heartbeat; heartbeat()")
    assert code == 0, said
    for name, words in (
        ("token_keys", "is another one than this database knows by that id"),
        ("fingerprint_key", "FINGERPRINT_KEY is another one"),
    ):
        with _replaced(c, name):
            code, _, said = c.instance.ask("validate_tokens", "--all")
            assert (code, words in said) == (1, True), said
            code, _, said = c.instance.ask("up")
            assert (code, words in said) == (1, True), said
            assert "Traceback" not in said
        c.checked.append(f"{name}: {words}")
    _missing_for_the_worker(c)
    invariants.health_is(c, valid=20)
    with up(c.instance):
        _not_ready_while_running(c)
    assert c.instance.run("validate_tokens", "--all")["valid"] == 20
    invariants.after_every_fault(c)


@contextmanager
def _replaced(c: Campaign, name: str) -> Iterator[None]:
    """Another instance's file in place of ours."""
    file = c.instance.folder / "keys" / name
    ours = file.read_text()
    c.inject(f"another instance's {name}")
    if name == "token_keys":
        file.write_text(f"{ours.split(':')[0]}:{new_keyring().split(':')[1]}\n")
    else:
        file.write_text(new_keyring().split(":")[1] + "\n")
    try:
        yield
    finally:
        file.write_text(ours)


def _missing_for_the_worker(c: Campaign) -> None:
    """A keyring without the key that the tokens are sealed to: nothing is concluded from that."""
    file = c.instance.folder / "keys" / "token_keys"
    ours = file.read_text()
    file.write_text(new_keyring() + "\n")
    c.inject("a keyring without the tokens' key")
    code, _, said = c.instance.ask("validate_tokens", "--all")
    assert code == 1
    assert "could not be opened: is their key missing from TOKEN_KEYS?" in said
    file.write_text(ours)
    c.checked.append("a missing key is named as the likely cause, health stays")


def _not_ready_while_running(c: Campaign) -> None:
    """The database is another one than the keys were made for: /readyz/ says which key."""
    statement = "UPDATE tokens_keyrecord SET value = %s WHERE name = 'fingerprint'"
    ((ours,),) = c.rows("SELECT value FROM tokens_keyrecord WHERE name = 'fingerprint'")
    c.change(statement, "0" * 32)
    c.inject("a database of other keys under a running instance")
    until(lambda: _ready(c)[0] == 503, "it is not ready")
    assert "FINGERPRINT_KEY is another one" in _ready(c)[1]["checks"]["keys"]
    c.change(statement, ours)
    until(lambda: _ready(c)[0] == 200, "it is ready again")
    c.checked.append("/readyz/ names the key")


def _ready(c: Campaign) -> tuple[int, dict[str, dict[str, str]]]:
    try:
        with urllib.request.urlopen(c.instance.url + "/readyz/", timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
