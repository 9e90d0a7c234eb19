"""Four processes that sweep at once against one: how much faster, and is anything asked twice?"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.bench import Bench, Instance
from benchmarks.processes import running, stand_in
from benchmarks.table import Goal, Line, at_least, at_most

WORKERS = 4
#: (latency in seconds, requests in flight of each, goal). Where Coolset is slow, workers wait for
#: it and four do nearly four times as much; where it is fast, cores are what there is too few of.
CASES: tuple[tuple[float, int, Goal | None], ...] = ((0.2, 50, at_least(3)), (0.05, 100, None))


def run(bench: Bench) -> Iterator[Line]:
    instance = bench.instance("postgres", "sweep")
    for latency, concurrency, goal in CASES:
        env = {"COOLSET_CONCURRENCY": str(concurrency)}
        with stand_in(latency, counting=True) as (url, _):
            env["COOLSET_API_URL"] = url
            _swept(bench, instance, 1, env)  # what is told once is told here
            _counted(url)
            one, _ = _swept(bench, instance, 1, env)
            _counted(url)
            four, shares = _swept(bench, instance, WORKERS, env)
            times = _counted(url)
        what = f"{WORKERS} sweeping at once, {latency * 1000:.0f} ms, {concurrency} in flight each"
        yield Line(what, f"{four:,.0f}/s", f"one {one:,.0f}/s", four / one, goal)
        asked, twice = sum(times.values()), sum(times.values()) - times.get("1", 0)
        done = " + ".join(f"{share:,}" for share in shares)
        yield Line(f"{what}: asked twice", f"{twice:,}", f"{asked:,} = {done}", twice, at_most(0))


def _swept(
    bench: Bench, instance: Instance, count: int, env: dict[str, str]
) -> tuple[float, list[int]]:
    """Tokens per second from the first of them to the last, and what each did."""
    bench.step("due", instance)
    environment = instance.place.environment(**env)
    argv = [sys.executable, "-m", "benchmarks.steps.together"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ExitStack() as stack:
        workers = [stack.enter_context(running(argv, environment, **pipes)) for _ in range(count)]
        for worker in workers:
            _heard(worker)
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.close()
        done: list[dict[str, Any]] = [json.loads(_heard(worker)) for worker in workers]
    shares = [int(each["checked"]) for each in done]
    if sum(shares) != bench.scale.sweep:
        raise RuntimeError(f"{sum(shares)} of {bench.scale.sweep} tokens were checked")
    return sum(shares) / max(float(each["seconds"]) for each in done), shares


def _heard(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    if not (line := worker.stdout.readline()):
        raise RuntimeError("a sweeping process ended")
    return line


def _counted(url: str) -> dict[str, int]:
    """How many values were asked about once, twice …, since this was last asked."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 (loopback)
        found: dict[str, int] = json.load(answer)
    return found
