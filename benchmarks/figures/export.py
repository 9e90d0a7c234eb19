"""The export of the whole inventory: how fast, and whether memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.table import Line, at_least, at_most

ROWS_PER_SECOND = 25_000


def run(bench: Bench) -> Iterator[Line]:
    few = bench.step("export", bench.instance("postgres", "sweep"), "csv")
    for kind in ("csv", "json"):
        many = bench.step("export", bench.instance("postgres", "inventory"), kind)
        rate = many["rows"] / many["seconds"]
        yield Line(
            f"export, {kind}", f"{rate:,.0f} rows/s", f"limit {ROWS_PER_SECOND:,} rows/s",
            rate / ROWS_PER_SECOND, at_least(1),
        )  # fmt: skip
    ours, peer = f"{many['peak_mb']:.0f} MB", f"{few['peak_mb']:.0f} MB at {few['rows']:,}"
    ratio = many["peak_mb"] / few["peak_mb"]
    yield Line("export, peak memory", ours, peer, ratio, at_most(1.2))
