"""How each cost grows from a thousand to a million tokens, as a plot and a table in docs."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks import places
from benchmarks.bench import Bench, Instance, say
from benchmarks.figures.pages import FILTERED, OURS, SEARCH, SIZE, deep_query
from benchmarks.loads import Target, medians
from benchmarks.plot import Series, draw
from benchmarks.processes import web
from benchmarks.table import Line

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "operations"
PAGE = 900
#: What is measured: the word of it, and the unit.
COSTS = {
    "first page": "ms",
    "filtered": "ms",
    "deep page": "ms",
    "search": "ms",
    "To do": "ms",
    "first page, counted anew": "ms",
    "To do, counted anew": "ms",
    "choosing reminders": "ms",
    "export": "µs per row",
    "export, peak memory": "MB",
    "database per token": "kB",
    "seeding": "µs per token",
}
Taken = dict[str, float]


def run(bench: Bench) -> Iterator[Line]:
    """Databases of its own, gone when it ends. Up to the sweep's number each token is sealed; the
    larger ones are the one before multiplied."""
    sizes = bench.scale.growth
    taken: list[Taken] = []
    spent, before = 0.0, 0
    with ExitStack() as stack:
        for size in sizes:
            if size <= bench.scale.sweep:
                stack.close()
                instance, spent = _seeded(bench, stack, size)
            else:
                spent += float(bench.step("multiply", instance, size // before)["seconds"])
            taken.append(_measured(bench, instance, size, spent))
            before = size
    series = [Series(what, unit, tuple(one[what] for one in taken)) for what, unit in COSTS.items()]
    folder = DOCS if bench.scale.documented else bench.scratch
    sealed = max(size for size in sizes if size <= bench.scale.sweep)
    _write(folder, sizes, series, (sealed, spent))
    for one in series:
        few, most = taken[0][one.title], taken[-1][one.title]
        where = f"{one.words(0)} {one.unit} at {sizes[0]:,}"
        yield Line(
            f"{sizes[-1]:,} tokens, {one.title}", f"{one.words(-1)} {one.unit}", where, most / few
        )


def _seeded(bench: Bench, stack: ExitStack, size: int) -> tuple[Instance, float]:
    """An instance with all reminders planned and told, and the seconds that its tokens took."""
    place = stack.enter_context(places.postgres(bench.scratch, f"growth_{size}"))
    done = bench.step("setup", Instance(place, ""), size, "inventory")
    instance = Instance(place, done["session"])
    bench.step("reminders", instance, "ours")
    return instance, float(done["seconds"])


def _measured(bench: Bench, instance: Instance, size: int, seeded: float) -> Taken:
    say(f"{size:,} tokens seeded in {seeded:.0f} s (load {os.getloadavg()[0]:.1f})")
    with psycopg.connect(instance.place.url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    stored = int(row[0])
    export = bench.step("export", instance, "csv")
    cold = bench.step("cold", instance, 3, OURS, "/")
    return {
        **_pages(bench, instance, size),
        "first page, counted anew": cold[OURS][0],
        "To do, counted anew": cold["/"][0],
        "choosing reminders": bench.step("choosing", instance)["ms"],
        "export": export["seconds"] / export["rows"] * 1e6,
        "export, peak memory": export["peak_mb"],
        "database per token": stored / size / 1000,
        "seeding": seeded / size * 1e6,
    }


def _pages(bench: Bench, instance: Instance, size: int) -> Taken:
    deep = deep_query(bench, instance, min(PAGE, max(2, size // SIZE - 1)))
    paths = {
        "first page": OURS,
        "filtered": f"{OURS}?{FILTERED['ours']}",
        "deep page": f"{OURS}?{deep}",
        "search": f"{OURS}?q={SEARCH}",
        "To do": "/",
    }
    with web(instance.place.environment(), "coolset_admin.wsgi") as port:
        targets = [Target(port, path, instance.session) for path in paths.values()]
        return dict(zip(paths, medians(targets, max(5, bench.scale.requests // 2)), strict=True))


def _write(
    folder: Path, sizes: tuple[int, ...], series: list[Series], seeded: tuple[int, float]
) -> None:
    (folder / "growth.svg").write_text(draw(sizes, series), encoding="utf-8")
    (folder / "growth.md").write_text(page(sizes, series, seeded), encoding="utf-8")
    say(f"drawn into {folder / 'growth.svg'}")


def page(sizes: tuple[int, ...], series: list[Series], seeded: tuple[int, float]) -> str:
    """The words and the table beside the picture."""
    today, load = time.strftime("%Y-%m-%d", time.gmtime()), os.getloadavg()[1]
    head = ["", *(f"{size:,}" for size in sizes), f"{sizes[-1]:,} to {sizes[-2]:,}"]
    rows = [head, ["---", *("---:" for _ in head[1:])]]
    for one in series:
        few, many = one.values[-2:]
        ratio = f"{many / few:.2f}" if few and many else "–"
        cells = [one.words(place) for place in range(len(sizes))]
        rows.append([f"{one.title}, {one.unit}", *cells, ratio])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return (
        f"# From {sizes[0]:,} to {sizes[-1]:,} tokens\n\n"
        "Written by `python -m benchmarks growth`, as a part of `make bench`; do not edit.\n\n"
        f"{today}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, PostgreSQL on the same machine, load {load:.1f} over "
        "the last five minutes (well above 2, absolute times are those of a busy machine; how they "
        f"grow is the point). Laying out {sizes[-1]:,} tokens took {seeded[1]:.0f} s: "
        f"{seeded[0]:,} sealed one by one, then multiplied inside PostgreSQL.\n\n"
        "![One panel for each cost, both axes logarithmic: flat is the same at any size, along the "
        "dotted diagonal in proportion to the tokens](growth.svg)\n\n"
        f"{table}\n\n"
        "Pages are the median of gunicorn with 2 processes of 2 threads, counts kept (decision "
        "35); *counted anew* is the first page in a process after a change. The list itself is "
        "read anew each time. Choosing reminders is what every run but one a day does.\n"
    )
