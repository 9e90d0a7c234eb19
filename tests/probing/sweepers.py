"""Processes of their own that sweep the suite's database when they are told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from coolset_admin.env import BASE_DIR

Sweeper = subprocess.Popen[str]


def sweep_at_once(running: Sequence[Sweeper]) -> list[int]:
    """All at once; how many secrets each of them checked."""
    for one in running:
        _pipe(one.stdin).write("\n")
    for one in running:
        _pipe(one.stdin).flush()
    return [int(_heard(one)["checked"]) for one in running]


@contextmanager
def sweepers(folder: Path, url: str, count: int, **more: str) -> Iterator[list[Sweeper]]:
    """Processes that sweep the suite's own database, all of them ready; `more` is added to their
    environment. None may end badly or log an error."""
    environment = _environment(folder, url) | more
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w+"))
        running = [stack.enter_context(_sweeper(environment, log)) for _ in range(count)]
        for one in running:
            assert _heard(one) == "ready"
        yield running
        for one in running:
            _pipe(one.stdin).close()
        assert [one.wait(30) for one in running] == [0] * count
        log.seek(0)
        assert "level=error" not in (said := log.read()), said


@contextmanager
def _sweeper(environment: dict[str, str], log: Any) -> Iterator[Sweeper]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.probing.one_sweep"],
        cwd=BASE_DIR, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _pipe(process.stdin).close()
        _pipe(process.stdout).close()


def _environment(folder: Path, url: str) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    name = str(connection.settings_dict["NAME"])
    database = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        given = urlsplit(os.environ["TEST_DATABASE_URL"])
        database = given._replace(path=f"/{name}").geturl()
    return keep | {
        "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev",
        "DATA_DIR": str(folder / "var"),
        "DATABASE_URL": database,
        "TOKEN_KEYS": settings.TOKEN_KEYS,
        "FINGERPRINT_KEY": settings.FINGERPRINT_KEY,
        "COOLSET_API_URL": url,
    }


def _heard(process: Sweeper) -> Any:
    line = _pipe(process.stdout).readline()
    assert line, "it ended"
    return json.loads(line)


def _pipe(end: Any) -> Any:
    assert end is not None
    return end
