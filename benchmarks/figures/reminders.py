"""Finding out that nothing is due, as every run but one a day does, against an ORM loop."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.table import Line, at_most


def run(bench: Bench) -> Iterator[Line]:
    done = bench.step("reminders", bench.instance("postgres", "inventory"))
    ours, peer = f"{done['ours_ms']:.1f} ms", f"prefetching loop {done['loop_ms']:,.0f} ms"
    ratio = done["ours_ms"] / done["loop_ms"]
    yield Line("choosing due reminders", ours, peer, ratio, at_most(1 / 200))
    first = f"{done['first_seconds']:.1f} s for {done['first_due']:,} reminders"
    yield Line("first plan of all reminders (queued)", first, "", None)
