"""The sweep against a bare aiohttp loop of the same settings, alternating, on both databases."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.bench import Bench, Instance
from benchmarks.processes import stand_in
from benchmarks.table import Goal, Line, at_least

#: (latency in seconds, requests in flight, goal of bar.md)
CASES = ((0.05, 100, at_least(0.95)), (0.05, 200, at_least(0.95)), (0.0, 100, at_least(0.5)))
DATABASES = ("postgres", "sqlite")


@dataclass(slots=True)
class Rates:
    """Tokens per second of one case, by who reached them; the first sweep of all apart."""

    bare: list[float] = field(default_factory=list)
    ours: dict[str, list[float]] = field(default_factory=dict)


def run(bench: Bench) -> Iterator[Line]:
    instances = {database: bench.instance(database, "sweep") for database in DATABASES}
    yield from _first(bench, instances)
    for latency, concurrency, goal in CASES:
        rates = _rounds(bench, instances, latency, concurrency)
        for database, instance in instances.items():
            what = f"sweep, {latency * 1000:.0f} ms, {concurrency} in flight, {instance.place.name}"
            yield _line(what, rates.ours[database], rates.bare, goal)


def _first(bench: Bench, instances: dict[str, Instance]) -> Iterator[Line]:
    """The first sweep of fresh tokens, in which every one of them changes and is audited."""
    latency, concurrency, goal = CASES[0]
    with stand_in(latency) as (url, _):
        bare = [bare_rate(url, bench.scale.sweep, concurrency)]
        for database, instance in instances.items():
            ours = [_sweep(bench, instances[database], url, concurrency)]
            what = f"first sweep, all changed, 50 ms, {concurrency}, {instance.place.name}"
            yield _line(what, ours, bare, goal)


def _rounds(
    bench: Bench, instances: dict[str, Instance], latency: float, concurrency: int
) -> Rates:
    rates = Rates(ours={database: [] for database in instances})
    with stand_in(latency) as (url, process):
        for _ in range(bench.scale.sweep_rounds):
            rates.bare.append(bare_rate(url, bench.scale.sweep, concurrency))
            for database, instance in instances.items():
                rates.ours[database].append(_sweep(bench, instance, url, concurrency))
            os.kill(process.pid, signal.SIGUSR1)  # 2 of 100 tokens change their answer
    return rates


def bare_rate(url: str, count: int, concurrency: int) -> float:
    """Requests per second of the bare loop."""
    argv = [sys.executable, "-m", "benchmarks.peers.bare", url, str(count), str(concurrency)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True)
    return count / float(json.loads(done.stdout)["seconds"])


def _sweep(bench: Bench, instance: Instance, url: str, concurrency: int) -> float:
    done = bench.step("sweep", instance, COOLSET_API_URL=url, COOLSET_CONCURRENCY=str(concurrency))
    if done["checked"] != bench.scale.sweep:
        raise RuntimeError(f"{done['checked']} of {bench.scale.sweep} tokens were checked")
    return float(done["checked"] / done["seconds"])


def _line(what: str, ours: list[float], bare: list[float], goal: Goal) -> Line:
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return Line(what, f"{mine:,.0f}/s", f"bare aiohttp {theirs:,.0f}/s", mine / theirs, goal)
