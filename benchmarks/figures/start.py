"""`make run` on an installed tree against bare Django's migrate + runserver, to the first page."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.places import Place
from benchmarks.processes import free_port, running
from benchmarks.table import Line, at_most
from coolset_admin.local_keys import private_folder

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def run(bench: Bench) -> Iterator[Line]:
    ours, bare = [], []
    for number in range(bench.scale.starts):
        bare.append(_bare(bench.scratch / f"bare_{number}"))
        ours.append(_make_run(bench.scratch / f"run_{number}"))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    yield Line(
        "make run to the first page", f"{mine:.2f} s", f"bare Django {theirs:.2f} s",
        mine / theirs, at_most(2),
    )  # fmt: skip


def _make_run(folder: Path) -> float:
    place = Place("SQLite", f"sqlite:///{folder / 'db.sqlite3'}", private_folder(folder))
    port = free_port()
    environment = place.environment(PORT=str(port))
    del environment["DATABASE_URL"]
    return _until_page(["make", "-s", "run"], environment, ROOT, port)


def _bare(folder: Path) -> float:
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", "site1", str(folder)], check=True
    )
    port = free_port()
    manage = f"{sys.executable} manage.py"
    command = f"{manage} migrate -v 0 && exec {manage} runserver --noreload {port}"
    environment = Place("SQLite", "", folder).environment()
    del environment["DJANGO_SETTINGS_MODULE"]
    return _until_page(["sh", "-c", command], environment, folder, port)


def _until_page(
    argv: Sequence[str], environment: Mapping[str, str], folder: Path, port: int
) -> float:
    """Seconds from the command to the first page that is there."""
    begun = time.perf_counter()
    with running(argv, environment, cwd=folder, **QUIET):
        while time.perf_counter() - begun < PATIENCE:
            if _answers(port):
                return time.perf_counter() - begun
            time.sleep(0.01)
    raise RuntimeError(f"no page after {PATIENCE:.0f} s: {argv[0]}")


def _answers(port: int, path: str = "/") -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return False
    finally:
        connection.close()
    if answer.status == 302 and path == "/":  # a new instance leads to its set-up page
        return _answers(port, str(answer.headers["Location"]))
    return answer.status == 200
