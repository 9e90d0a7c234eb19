"""Ten times the tokens: the same pages of a million against those of a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, Instance, say
from benchmarks.figures.pages import FILTERED, OURS, SEARCH, SIZE, deep_query
from benchmarks.loads import Target, medians
from benchmarks.processes import web
from benchmarks.table import Line, at_most

PAGE = 900


def run(bench: Bench) -> Iterator[Line]:
    """The instance is multiplied where it lies, so it comes after all others that read it."""
    instance = bench.instance("postgres", "inventory")
    before = _pages(bench, instance)
    times = bench.scale.many // bench.scale.inventory
    done = bench.step("multiply", instance, times)
    say(f"multiplied to {done['tokens']:,} in {done['seconds']:.0f} s")
    after = _pages(bench, instance)
    for what, few in before.items():
        many = after[what]
        yield Line(
            f"{done['tokens']:,} tokens, {what}", f"{many:.0f} ms",
            f"{few:.0f} ms at {bench.scale.inventory:,}", many / few, at_most(1.3),
        )  # fmt: skip


def _pages(bench: Bench, instance: Instance) -> dict[str, float]:
    page = min(PAGE, bench.scale.inventory // SIZE)
    paths = {
        "first page": OURS,
        "filtered": f"{OURS}?{FILTERED['ours']}",
        f"page {page}": f"{OURS}?{deep_query(bench, instance, page)}",
        "search": f"{OURS}?q={SEARCH}",
        "dashboard": "/",
    }
    with web(instance.place.environment(), "coolset_admin.wsgi") as port:
        targets = [Target(port, path, instance.session) for path in paths.values()]
        requests = max(5, bench.scale.requests // 3)
        return dict(zip(paths, medians(targets, requests), strict=True))
