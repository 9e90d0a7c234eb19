"""Tasks in logs and figures: each line carries the ids of task and request, each end is counted.

A task that a page started carries that request's id, so that one search finds both.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery.signals import before_task_publish, task_failure, task_postrun, task_prerun
from celery.signals import task_success as task_went_well
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

log = structlog.get_logger(__name__)
REQUEST_ID = "request_id"


@before_task_publish.connect
def _send_request_id(headers: dict[str, Any] | None = None, **_: object) -> None:
    found = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    if headers is not None and found:
        headers[REQUEST_ID] = str(found)


@task_prerun.connect
def _bind_ids(task_id: str, task: Any, **_: object) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)
    # A worker finds what was sent as headers on the request itself; run in place they stay apart.
    sent = getattr(task.request, REQUEST_ID, None) or (task.request.headers or {}).get(REQUEST_ID)
    if sent:
        structlog.contextvars.bind_contextvars(**{REQUEST_ID: str(sent)})


@task_postrun.connect
def _unbind_ids(**_: object) -> None:
    structlog.contextvars.clear_contextvars()


@task_went_well.connect
def _count_done(sender: Any, **_: object) -> None:
    _count("TASKS_DONE", sender)


@task_failure.connect
def _count_failed(sender: Any, **_: object) -> None:
    _count("TASKS_FAILED", sender)


def _count(what: str, task: Any) -> None:
    """A database that is away is why most tasks fail: it is logged, and never a second error."""
    # Imported here: models are there only once Django is set up, which Celery does later.
    from tokens.policy.counted import Counted
    from tokens.services.tally import tally

    try:
        tally(Counted[what], {task.name: 1}, now=timezone.now())
    except (DatabaseError, InterfaceError) as error:
        log.warning("task.not_counted", kind=type(error).__name__)
