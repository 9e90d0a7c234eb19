"""Web loads all that it needs before its workers part, and nothing that it never needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coolset_admin.env import BASE_DIR

_ASK = """
import gc, json, sys
from coolset_admin import gunicorn_conf
from coolset_admin.wsgi import application
gunicorn_conf.on_starting(None)
print(json.dumps([sorted(sys.modules), gc.isenabled(), gc.get_freeze_count()]))
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What gunicorn's first process holds just before it starts workers."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    folder: Path = tmp_path_factory.mktemp("web")
    given = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev"}
    done = subprocess.run(
        [sys.executable, "-c", _ASK], cwd=BASE_DIR, env=keep | given, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_pages_and_api_are_there_before_the_first_request(started: Any) -> None:
    modules, collects, frozen = started
    assert {"tokens.web.todo_page", "tokens.web.setup", "tokens.api.views"} <= set(modules)
    assert collects
    assert frozen > 10_000


def test_what_web_never_does_is_not_loaded(started: Any) -> None:
    """Asking Coolset is the worker's; PDF and calendars are made now and then."""
    modules, *_ = started
    heavy = {"aiohttp", "reportlab", "icalendar", "redis", "apprise", "boto3"}
    assert heavy.isdisjoint(modules)
