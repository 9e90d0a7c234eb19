"""Waking the worker from a page. Comfort only: the next tick finds the same work anyway."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError
from kombu.exceptions import ConnectionError as BrokerConnectionError

log = structlog.get_logger(__name__)

#: A page must answer within 5 s while the broker is down or frozen (shared/bar.md): one try.
PATIENCE_SECONDS = 2
EXPIRES_SECONDS = 60
_ONE_TRY = {
    "max_retries": 0,
    "connect_retries_timeout": PATIENCE_SECONDS,
    "socket_timeout": PATIENCE_SECONDS,
    "socket_connect_timeout": PATIENCE_SECONDS,
}


def wake_worker(task_name: str = "tokens.sweep") -> None:
    """Send the task after the commit; a dead broker is logged, never raised."""
    transaction.on_commit(lambda: _send(task_name))


def _send(task_name: str) -> None:
    options = _ONE_TRY if _uses_sockets() else None
    try:
        with current_app.connection_for_write(
            connect_timeout=PATIENCE_SECONDS, transport_options=options
        ) as connection:
            current_app.send_task(
                task_name, connection=connection, retry=False, expires=EXPIRES_SECONDS
            )
    except (OperationalError, BrokerConnectionError, ChannelError, OSError) as error:
        # The message of an error may hold the broker's address with its password: its kind will do.
        log.warning("worker.not_woken", task=task_name, kind=type(error).__name__)


def _uses_sockets() -> bool:
    return str(current_app.conf.broker_url or "").startswith(("redis", "rediss", "amqp"))
