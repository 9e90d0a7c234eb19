"""What this machine offers to tests: a browser, PostgreSQL, Redis. Run it to get a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SYSTEM_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
INSTALL_SECONDS = 180
NO_BROWSER = "no Chromium or Chrome on this machine, and Playwright's own could not be installed"
NO_POSTGRESQL = "TEST_DATABASE_URL is not set to a PostgreSQL database"
NO_REDIS = "TEST_REDIS_URL is not set"


def system_browser() -> str | None:
    """The path of the system's Chromium or Chrome."""
    return next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)


@cache
def own_browser() -> bool:
    """Whether Playwright has a Chromium of its own here."""
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = Path(root) if root and root != "0" else Path.home() / ".cache" / "ms-playwright"
    return any(folder.glob("chromium*/**/INSTALLATION_COMPLETE"))


def on_postgresql() -> bool:
    """Whether this run's database is PostgreSQL."""
    return os.environ.get("TEST_DATABASE_URL", "").startswith("postgres")


def is_for_the_other_pass(item: pytest.Item) -> bool:
    """An `embedded` test while the suite runs on PostgreSQL."""
    return item.get_closest_marker("embedded") is not None and on_postgresql()


def left_out_because(item: pytest.Item) -> str:
    """Why a test cannot run here; empty when it can."""
    needs = {marker.name for marker in item.iter_markers()}
    if "browser" in needs and not (system_browser() or own_browser()):
        return NO_BROWSER
    if needs & {"postgresql", "service"} and not on_postgresql():
        return NO_POSTGRESQL
    if needs & {"redis", "service"} and not os.environ.get("TEST_REDIS_URL"):
        return NO_REDIS
    return ""


def left_out_lines(reports: Iterable[Any]) -> list[str]:
    """One line per reason, with how many tests it left out and in which files."""
    counts: Counter[str] = Counter()
    files: dict[str, set[str]] = {}
    for report in reports:
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else "")
        reason = reason.removeprefix("Skipped: ") or "no reason given"
        counts[reason] += 1
        files.setdefault(reason, set()).add(report.nodeid.split("::")[0])
    return [
        f"Left out: {count} in {', '.join(sorted(files[reason]))}: {reason}"
        for reason, count in counts.items()
    ]


def main() -> int:
    """Try to get Playwright's own Chromium where the system has none; never fails the run."""
    if system_browser() or own_browser():
        return 0
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        sys.stderr.write(f"Browser tests will be left out: {NO_BROWSER}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
