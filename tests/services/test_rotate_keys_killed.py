"""Resealing that is killed with SIGKILL in the middle of a batch goes on where it was."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from coolset_admin.local_keys import new_keyring
from tests.infra.test_settings import _run

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
TOKENS, BATCH = 60, 20

HELD = " UNION ALL ".join(
    f"SELECT key_id FROM {table} WHERE sealed IS NOT NULL"  # noqa: S608 (names of ours)
    for table in ("tokens_token", "tokens_rotation", "tokens_channelsecret")
)

#: The second batch is written and not committed yet when the process is gone.
KILLED = f"""
import django; django.setup()
import os, signal
from django.utils import timezone
from tokens.audit import system
from tokens.services import rotate_keys as service
write, seen = service.update_rows, []
def update_rows(*given):
    write(*given); seen.append(1)
    if len(seen) == 2: os.kill(os.getpid(), signal.SIGKILL)
service.BATCH, service.update_rows = {BATCH}, update_rows
service.rotate_keys(actor=system("test"), now=timezone.now())
"""


def _environment(folder: Path, *rings: str) -> dict[str, Any]:
    settings = {"DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev", "DATA_DIR": folder}
    return settings | ({"TOKEN_KEYS": ",".join(rings)} if rings else {})


def _rotated(environment: dict[str, Any]) -> dict[str, int]:
    done = _run("manage.py", "rotate_keys", "--json", **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def _under(folder: Path) -> Counter[str]:
    """How many values lie under each key."""
    with sqlite3.connect(folder / "db.sqlite3") as database:
        found = Counter(key_id for (key_id,) in database.execute(HELD))
    database.close()
    return found


def test_a_killed_run_loses_nothing_and_the_next_one_ends_it(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    seeded = _run("manage.py", "seed_demo", "--tokens", str(TOKENS), **_environment(folder))
    assert seeded.returncode == 0, seeded.stderr
    old = (folder / "keys" / "token_keys").read_text().strip()
    new, newest = new_keyring(), new_keyring()
    whole = sum(_under(folder).values())
    assert whole > 2 * BATCH

    killed = _run("-c", KILLED, **_environment(folder, new, old))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert _under(folder) == {new.split(":")[0]: BATCH, old.split(":")[0]: whole - BATCH}

    assert _rotated(_environment(folder, new, old)) == {"resealed": whole - BATCH, "remaining": 0}
    # The old key is thrown away: each value opens with the new one, or it would remain.
    assert _rotated(_environment(folder, newest, new)) == {"resealed": whole, "remaining": 0}
    assert _under(folder) == {newest.split(":")[0]: whole}
