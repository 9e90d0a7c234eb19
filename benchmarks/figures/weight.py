"""What a browser with an empty cache loads for the first page, compressed, and from whom."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from benchmarks.bench import Bench
from benchmarks.processes import web
from benchmarks.table import Line, at_most

LIMIT_KB = 200
#: Which attribute of which element makes a browser load something.
_LOADS = {"script": "src", "img": "src", "link": "href"}
_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        wanted = tag != "link" or bool(_LINKS & set((values.get("rel") or "").split()))
        address = values.get(_LOADS.get(tag, "")) if wanted else None
        if address and not address.startswith("data:"):
            self.found.append(address)


def run(bench: Bench) -> Iterator[Line]:
    instance = bench.instance("postgres", "inventory")
    with web(instance.place.environment(), "coolset_admin.wsgi") as port:
        for what, path in (("to do", "/"), ("inventory", "/tokens/")):
            page = _get(port, path, instance.session)
            loads = _Loads()
            loads.feed(page.decode())
            hosts = {urlsplit(each).netloc for each in loads.found} - {""}
            parts = [page, *(_get(port, each, "") for each in loads.found if each[:2] != "//")]
            size = sum(len(gzip.compress(part)) for part in parts) / 1000
            if hosts:
                raise RuntimeError(f"{path} loads from other hosts: {sorted(hosts)}")
            ours = f"{size:.0f} kB in {len(parts)} requests"
            yield Line(
                f"page weight, {what}, all own host", ours, f"limit {LIMIT_KB} kB",
                size / LIMIT_KB, at_most(1),
            )  # fmt: skip


def _get(port: int, path: str, session: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"sessionid={session}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body
