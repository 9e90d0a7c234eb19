"""Memory of the sweeping process: ten times the tokens must not need more of it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.processes import stand_in
from benchmarks.table import Line, at_most

LIMIT_MB = 250
CONCURRENCY = "200"


def run(bench: Bench) -> Iterator[Line]:
    peaks, counts = [], []
    with stand_in(0.0) as (url, _):
        for kind in ("sweep", "inventory"):
            done = bench.step(
                "sweep", bench.instance("postgres", kind),
                COOLSET_API_URL=url, COOLSET_CONCURRENCY=CONCURRENCY,
            )  # fmt: skip
            peaks.append(done["peak_mb"])
            counts.append(done["checked"])
    few, many = peaks
    ours, peer = f"{many:.0f} MB at {counts[1]:,}", f"{few:.0f} MB at {counts[0]:,}"
    yield Line("sweep, peak memory", ours, peer, many / few, at_most(1.2))
    yield Line(
        "sweep, peak memory against the limit", f"{many:.0f} MB", f"{LIMIT_MB} MB",
        many / LIMIT_MB, at_most(1),
    )  # fmt: skip
