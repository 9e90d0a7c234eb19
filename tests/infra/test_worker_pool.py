"""A killed child of a pool that shares one queue ends the whole worker; a quiet end does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from coolset_admin.worker_pool import EXIT_CODE, _watch_children, end_with


def _child(exitcode: int | None) -> SimpleNamespace:
    return SimpleNamespace(exitcode=exitcode)


def test_a_killed_child_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        gone = SimpleNamespace(pid=2**22 + 1)
        end_with(_child(-signal.SIGKILL), SimpleNamespace(_pool=[gone, other]))
        assert other.wait(10) == -signal.SIGKILL
    assert ended == [EXIT_CODE]


@pytest.mark.parametrize("exitcode", [None, 0, 1, 155])
def test_any_other_end_is_the_pools_own(
    monkeypatch: pytest.MonkeyPatch, exitcode: int | None
) -> None:
    monkeypatch.setattr(os, "_exit", lambda code: pytest.fail("it ended"))
    end_with(_child(exitcode), SimpleNamespace(_pool=[]))


def test_a_pool_that_looks_after_its_children_is_left_alone() -> None:
    own = time.sleep
    shared, apart = SimpleNamespace(on_process_down=None), SimpleNamespace(on_process_down=own)
    for pool in (shared, apart):
        _watch_children(sender=SimpleNamespace(pool=SimpleNamespace(_pool=pool)))
    assert shared.on_process_down is not None
    assert apart.on_process_down is own
    _watch_children(sender=SimpleNamespace(pool=SimpleNamespace()))
