"""What a run of the campaign says: each fault when it is over, and a table of all at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.campaign import LONG

#: The property of a test's report that holds what `Campaign.facts` returned.
FAULT = "fault"
HEADER = ("Fault", "Result", "Seed", "Tokens", "Seconds", "Injected", "Held")


@dataclass
class Told:
    """One test: how it ended, how long it took with its set-up, and what its campaigns say."""

    name: str
    result: str = "passed"
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


def _injected(facts: dict[str, Any]) -> str:
    return ", ".join(f"{what} x {count}" for what, count in facts.get("injected", {}).items())


def sentence(facts: dict[str, Any]) -> str:
    """What is printed when one is over."""
    return (
        f"seed {facts['seed']}, {'long' if LONG else 'short'}, {facts['tokens']} tokens\n"
        f"  injected: {_injected(facts)}\n  held: {'; '.join(facts['held'])}"
    )


def cells(told: Told) -> tuple[str, ...]:
    """One line of the table."""
    facts = told.facts
    seed, tokens = str(facts.get("seed", "")), str(facts.get("tokens", ""))
    held = "; ".join(facts.get("held", []))
    return told.name, told.result, seed, tokens, f"{told.seconds:.0f}", _injected(facts), held


def document(rows: Iterable[Told], *, took: float, at: datetime) -> str:
    """The table as Markdown, to be kept."""
    lines = [cells(each) for each in rows]
    failed = sum(line[1] == "FAILED" for line in lines)
    head = [
        f"# Fault campaign, {'long' if LONG else 'short'}, {at:%Y-%m-%d %H:%M} UTC",
        "",
        f"{len(lines)} faults, {failed} failed, {took / 60:.0f} minutes.",
        "",
    ]
    table = [HEADER, tuple("---" for _ in HEADER), *lines]
    return "\n".join([*head, *(f"| {' | '.join(map(_cell, line))} |" for line in table)]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def where(at: datetime) -> Path | None:
    """Where the table is kept: FAULT_SUMMARY, else in dist/ after a long run, else nowhere."""
    if named := os.environ.get("FAULT_SUMMARY"):
        return Path(named)
    return Path("dist", f"faults-{at:%Y%m%dT%H%M%S}.md") if LONG else None


class Teller:
    """A plugin of pytest's. Under xdist it speaks in the process that gathers the reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._told: dict[str, Told] = {}
        self._began = datetime.now(UTC)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None:
            return
        name = report.nodeid.rpartition("/")[2]
        told = self._told.setdefault(name, Told(name))
        told.seconds += report.duration
        if report.failed:
            told.result = "FAILED"
        elif report.skipped:
            told.result = "left out"
        if report.when != "teardown":
            return
        for key, facts in report.user_properties:
            if key == FAULT and isinstance(facts, dict):
                told.facts = facts
                terminal.write_line(f"\n{name}: {sentence(facts)}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table without what held, which is printed above and stands in the file."""
        if not self._told:
            return
        terminalreporter.section("faults")
        for told in self._told.values():
            name, result, seed, tokens, seconds, injected, _ = cells(told)
            held = f"{len(told.facts.get('held', []))} held"
            terminalreporter.write_line(
                f"{result:8} {seconds:>5} s  seed {seed or '-':3} {tokens or '-':>6} tokens  "
                f"{held:8} {name}: {injected}"
            )
        file = where(self._began)
        if file is not None:
            now = datetime.now(UTC)
            took = (now - self._began).total_seconds()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(document(self._told.values(), took=took, at=now))
            terminalreporter.write_line(f"Kept in {file}")
