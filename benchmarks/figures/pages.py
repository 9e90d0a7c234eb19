"""Pages at 100,000 tokens under gunicorn 2 x 2 on PostgreSQL, beside Django's admin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, Instance
from benchmarks.loads import Target, medians
from benchmarks.processes import web
from benchmarks.table import Line, at_most

OURS = "/tokens/"
ADMIN = "/admin/tokens/token/"
SEARCH = "person042"
FILTERED = {
    "ours": "state=active&environment=production",
    "admin": "state__exact=active&environment__exact=production",
}
DEEP_PAGE = 1_000
SIZE = 100
QUERIES = 8


def run(bench: Bench) -> Iterator[Line]:
    instance = bench.instance("postgres", "inventory")
    page = min(DEEP_PAGE, bench.scale.inventory // SIZE)
    deep = deep_query(bench, instance, page)
    with (
        web(instance.place.environment(), "coolset_admin.wsgi") as ours,
        web(_admin(instance), "benchmarks.peers.admin_wsgi") as admin,
    ):
        cases = (
            ("first page", "", "", 0.45),
            ("filtered", FILTERED["ours"], FILTERED["admin"], 0.35),
            (f"page {page:,} by due date", deep, f"p={page}", 0.2),
            ("search", f"q={SEARCH}", f"q={SEARCH}", 0.12),
        )
        taken: dict[str, float] = {}
        for what, mine, theirs, goal in cases:
            ms, peer = medians(
                [
                    Target(ours, f"{OURS}?{mine}".rstrip("?"), instance.session),
                    Target(admin, f"{ADMIN}?{theirs}".rstrip("?"), instance.session),
                ],
                bench.scale.requests,
            )
            taken[what] = ms
            yield Line(
                f"inventory, {what}", f"{ms:.0f} ms", f"Django admin {peer:.0f} ms",
                ms / peer, at_most(goal),
            )  # fmt: skip
        yield from _among_ours(bench, instance, ours, deep)
    yield from _counted_anew(bench, instance)
    yield from _queries(bench)


def _among_ours(bench: Bench, instance: Instance, port: int, deep: str) -> Iterator[Line]:
    paths = (OURS, f"{OURS}?{deep}", "/")
    first, last, dashboard = medians(
        [Target(port, path, instance.session) for path in paths], bench.scale.requests
    )
    peer = f"first page {first:.0f} ms"
    yield Line("inventory, deep page", f"{last:.0f} ms", peer, last / first, at_most(1.2))
    yield Line("dashboard", f"{dashboard:.0f} ms", peer, dashboard / first, at_most(2))


def _counted_anew(bench: Bench, instance: Instance) -> Iterator[Line]:
    """What the first page after a change pays, in each process (docs/decisions/0035)."""
    paths = {"first page": OURS, "search": f"{OURS}?q={SEARCH}", "dashboard": "/"}
    taken = bench.step("cold", instance, max(3, bench.scale.requests // 4), *paths.values())
    for what, path in paths.items():
        cold, warm = taken[path]
        yield Line(f"{what}, counted anew", f"{cold:.0f} ms", f"kept {warm:.0f} ms", cold / warm)


def _queries(bench: Bench) -> Iterator[Line]:
    """The most queries of any page, at two sizes."""
    small, large = (_counts(bench, kind) for kind in ("sweep", "inventory"))
    words = ", ".join(f"{name} {count}" for name, count in large.items())
    most, few = max(large.values()), max(small.values())
    yield Line("queries per page, most", words, f"limit {QUERIES}", most / QUERIES, at_most(1))
    ours, peer = f"{most} at {bench.scale.inventory:,}", f"{few} at {bench.scale.sweep:,}"
    yield Line("queries per page, any size", ours, peer, most / few, at_most(1))


def _counts(bench: Bench, kind: str) -> dict[str, int]:
    instance = bench.instance("postgres", kind)
    paths = {
        "dashboard": "/",
        "first": OURS,
        "filtered": f"{OURS}?{FILTERED['ours']}",
        "deep": f"{OURS}?{deep_query(bench, instance, 5)}",
        "search": f"{OURS}?q={SEARCH}",
    }
    counts = bench.step("queries", instance, *paths.values())
    return {name: int(counts[path]) for name, path in paths.items()}


def deep_query(bench: Bench, instance: Instance, page: int) -> str:
    """The query of a page far down, in due order, with its cursor."""
    return str(bench.step("cursor", instance, (page - 1) * SIZE)["query"])


def _admin(instance: Instance) -> dict[str, str]:
    return instance.place.environment(DJANGO_SETTINGS_MODULE="benchmarks.peers.admin_settings")
