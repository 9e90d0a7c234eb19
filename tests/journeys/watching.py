"""Eyes on a browser: what its console says, which answers failed, and every body it was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
NewContext = Callable[..., BrowserContext]


@dataclass
class Watch:
    """One context and what went wrong in it. Failed answers are expected by the test or not."""

    context: BrowserContext
    har: Path
    complaints: list[str] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list, repr=False)

    def expect(self, *failures: tuple[int, str]) -> None:
        """Nothing went wrong since the last call but these: (status, path)."""
        assert self.complaints == []
        assert sorted(self.failures) == sorted(failures)
        self.failures.clear()

    def close(self) -> bytes:
        """End the context; every header and body that the browser was sent, in one. What was
        asked for stands in `addresses` (with what was said of the page before), as servers log
        it. What was typed into a form travels in bodies of requests, and belongs there."""
        self.context.close()
        entries = json.loads(self.har.read_text())["log"]["entries"]
        for entry in entries:
            said = [h["value"] for h in entry["request"]["headers"] if h["name"] == "Referer"]
            self.addresses.append(" ".join([entry["request"]["url"], *said]))
        return _received(entries)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Failed answers are counted as such; everything else, the policy's word included, counts.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(f"{urlsplit(message.location['url']).path}: {message.text}")

    def _on_page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append((response.status, urlsplit(response.url).path))


def watched(new_context: NewContext, har: Path, **options: Any) -> Watch:
    """A browser context that remembers everything; `options` are Playwright's."""
    options.setdefault("viewport", {"width": 1280, "height": 900})
    context = new_context(
        record_har_path=har, record_har_content="embed", accept_downloads=True, **options
    )
    context.set_default_timeout(20_000)
    watch = Watch(context, har)
    context.on("console", watch._on_console)
    context.on("page", watch._on_page)
    context.on("response", watch._on_response)
    return watch


def _received(entries: list[dict[str, Any]]) -> bytes:
    """Headers and bodies of answers; bodies that came more than once (scripts) count once."""
    parts: dict[bytes, None] = {}
    for answer in (entry["response"] for entry in entries):
        for header in answer["headers"]:
            parts[f"{header['name']}: {header['value']}".encode()] = None
        text = answer["content"].get("text", "")
        encoded = answer["content"].get("encoding") == "base64"
        parts[base64.b64decode(text) if encoded else text.encode()] = None
    return b"\n".join(parts)


def barriers(page: Page) -> list[str]:
    """What axe holds against a page (WCAG 2.2 A and AA), in words that lead to the place."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{urlsplit(page.url).path} {rule['id']}: {node['target'][0]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"][:3]
    ]


def sideways(page: Page) -> bool:
    """Whether the page as a whole has to be scrolled sideways."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
