"""What every test can count on: no network, and the clock passed in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from coolset_admin.celery import app as celery_app  # noqa: F401 (tasks go to its memory broker)
from tests.audit.fixtures import (  # noqa: F401 - fixtures for the whole suite
    _audit_can_be_flushed,
    audit_triggers_dropped,
)


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
