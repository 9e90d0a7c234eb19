"""What every test can count on: no network, keys of its own, and a list of what was left out."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from coolset_admin.celery import app as celery_app  # noqa: F401 (tasks go to its memory broker)
from tests import machine
from tests.audit.fixtures import (  # noqa: F401 - fixtures for the whole suite
    _audit_can_be_flushed,
    audit_triggers_dropped,
)

LONG = 6


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, with the reason; drop what the other pass covers.

    Tests marked `embedded` are about SQLite and the embedded broker; where TEST_DATABASE_URL
    turns the suite to PostgreSQL they are dropped, since `.ci/run` runs them in its second pass.
    """
    dropped = [item for item in items if machine.is_for_the_other_pass(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]
    for item in items:
        if reason := machine.left_out_because(item):
            item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.enable_socket)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long words are named by their argument: values made at run time (every sample token is)
    would give each worker of xdist other names, and would stand in the report."""
    if isinstance(val, str) and len(val) >= LONG and " " not in val:
        return argname
    return None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say last, in words, which tests were left out and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    for line in machine.left_out_lines(skipped):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With NOTHING_LEFT_OUT=1 (`.ci/run`) a test that did not run fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NOTHING_LEFT_OUT") == "1" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _data_dir_is_removed() -> Iterator[None]:
    """Take the folder of this run away, unless it was chosen from outside."""
    yield
    if not os.environ.get("DATA_DIR"):
        shutil.rmtree(Path(settings.DATA_DIR), ignore_errors=True)


@pytest.fixture(autouse=True)
def _keys_are_parsed_again() -> Iterator[None]:
    """Keys are cached per process; a test that changes one must not leak it to the next."""
    from tokens import keys

    yield
    keys.forget()


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    """Counts are kept per process; every test begins with a chain of its own, often as empty."""
    from tokens.selectors.kept import kept

    kept.forget()
    yield
    kept.forget()
