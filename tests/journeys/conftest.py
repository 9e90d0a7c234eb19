"""A browser that begins and ends with its test, and what most journeys start with.

Playwright's synchronous interface runs an event loop in this thread for as long as it is open. Kept
for the session, as its pytest plugin does, it would make every later test of the same process look
asynchronous: Django refuses the database there, and `asyncio.run` does too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests import machine
from tests.journeys.instance import Instance, describe, up
from tests.journeys.watching import NewContext
from tests.stand_in import StandIn

#: Without the sandbox, which root cannot have, and without calls to anywhere by the browser itself.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture
def new_context() -> Iterator[NewContext]:
    """Opens contexts of one fresh browser: the system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=machine.system_browser(), args=ARGUMENTS
        )

        def open_context(**options: Any) -> BrowserContext:
            return browser.new_context(**options)

        yield open_context
        browser.close()


@pytest.fixture
def coolset() -> Iterator[StandIn]:
    """Coolset, over real HTTP."""
    with StandIn() as found:
        yield found


@pytest.fixture
def instance(tmp_path: Path, coolset: StandIn) -> Iterator[Instance]:
    """A running instance with a folder of its own, which asks that Coolset."""
    with up(describe(tmp_path / "var", COOLSET_API_URL=coolset.url)) as running:
        yield running
