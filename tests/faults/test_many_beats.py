"""Two and five beats at once, after three days without any: the same mails as one beat's."""

from __future__ import annotations

import contextlib
import shelve
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coolset_admin.env import BASE_DIR
from tests.faults import invariants
from tests.faults.campaign import Campaign
from tests.journeys.instance import until
from tokens.services.remind import is_open

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
AGES = (20, 76, 83, 89, 90, 98)
TOKENS = 120
AWAY = timedelta(days=3)
#: Seven processes beside the worker and two of web start at once.
SECONDS = 600


@pytest.mark.parametrize("beside", [1, 4])
def test_the_same_mails_as_one(campaign: Campaign, tmp_path: Path, beside: int) -> None:
    c = campaign
    c.import_tokens(TOKENS, ages=AGES)
    schedule = _left_alone_for_days(c, tmp_path / "away")
    with contextlib.ExitStack() as running:
        for number in range(beside):
            copy = tmp_path / f"beat{number}"
            shutil.copytree(schedule, copy)
            running.enter_context(_beat(c, copy))
            c.inject("a beat beside that of `up`, its schedule three days old")
        until(lambda: c.left_to_check() == 0, "the sweep ends", SECONDS)
        if is_open(datetime.now(UTC)):
            _all_told(c)
    invariants.one_result_each(c)
    if is_open(datetime.now(UTC)):
        invariants.reminders_as_expected(c, administrator=True)
    else:
        c.checked.append("results alone: before 07:00 UTC no beat reminds anybody")
    invariants.after_every_fault(c)


def _all_told(c: Campaign) -> None:
    """Reminders are planned by the catch-up, and delivered by it or by a later tick."""
    planned = "SELECT count(*) FROM tokens_notice WHERE kind = 'reminder'"
    until(lambda: c.count(planned) > 0, "reminders are planned", SECONDS)
    c.publish("deliver", times=3)
    waiting = "SELECT count(*) FROM tokens_mail WHERE status = 'queued'"
    until(lambda: c.count(waiting) == 0, "everything is delivered", SECONDS)


def _left_alone_for_days(c: Campaign, folder: Path) -> Path:
    """What a beat leaves behind that ran once and was then away."""
    folder.mkdir()
    with _beat(c, folder):
        until(lambda: list(folder.glob("schedule*")), "beat writes its schedule")
        time.sleep(2)
    with shelve.open(str(folder / "schedule"), writeback=True) as kept:  # noqa: S301 - our own
        assert len(kept["entries"]) > 5
        for entry in kept["entries"].values():
            entry.last_run_at -= AWAY
    (folder / "pid").unlink(missing_ok=True)
    return folder


@contextlib.contextmanager
def _beat(c: Campaign, folder: Path) -> Iterator[None]:
    command = ["-m", "celery", "-A", "coolset_admin", "-q", "beat", "-l", "WARNING"]
    process = subprocess.Popen(
        [sys.executable, *command, "-s", f"{folder}/schedule", "--pidfile", f"{folder}/pid"],
        cwd=BASE_DIR, env={**c.instance.environment, "PROCESS_ROLE": "beat"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)
