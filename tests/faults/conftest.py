"""Fixtures of the fault campaign. Each fault prints what it injected and what held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.campaign import Campaign, described, running


@pytest.fixture
def quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Campaign]:
    """A campaign whose instance is not started."""
    with described(tmp_path) as found:
        yield found
    with capsys.disabled():
        print(f"\n  {found.report()}")  # noqa: T201 - the run's own record


@pytest.fixture
def campaign(quiet: Campaign) -> Iterator[Campaign]:
    """A campaign with `manage.py up`, an administrator, and nothing imported yet."""
    with running(quiet):
        quiet.add_administrator()
        yield quiet
