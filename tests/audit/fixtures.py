"""Fixtures around the database's guards; tests/conftest.py imports them for the whole suite.

The guards refuse what a transactional test's flush does, so they are taken away just before it;
the post_migrate signal that follows the flush puts them back. No setting can switch them off.
"""

from collections.abc import Iterator

import pytest
from django.db import connection

_TRANSACTIONAL = {"transactional_db", "live_server", "django_db_reset_sequences"}


@pytest.fixture(autouse=True)
def _audit_can_be_flushed(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("django_db")
    by_marker = marker is not None and bool(marker.kwargs.get("transaction"))
    if not (by_marker or _TRANSACTIONAL & set(request.fixturenames)):
        yield
        return
    request.getfixturevalue("transactional_db")  # so that it ends after this fixture
    yield
    _uninstall()


@pytest.fixture
def audit_triggers_dropped(db: None) -> None:
    """No guards until the test's own transaction is rolled back: for tests that tamper."""
    _uninstall()


def _uninstall() -> None:
    from tokens.audit import triggers  # models are not loaded yet when fixtures are

    triggers.uninstall(connection)
