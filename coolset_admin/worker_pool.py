"""How a worker ends: when it is asked to, and when one of its children was killed.

Asked to end (SIGTERM, Ctrl-C), Celery waits for running tasks; they are told through the memory
that main process and children share (tokens/stopping.py), so that a long sweep ends in time.

Without Redis Celery's children share one queue under one lock. A child that is killed (kill -9,
out of memory) while it waits there takes the lock along, and no other child ever gets work again,
though all of them live. So the whole worker ends, and its supervisor starts it again; what was
under way is done again, as after any kill. With Redis every child has a queue of its own and is
replaced alone.
"""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutting_down

from tokens.stopping import ask_to_stop

log = logging.getLogger(__name__)
EXIT_CODE = 1


@worker_init.connect
def _load_once(**_: object) -> None:
    """What probes is loaded where it is used; all children share what is loaded before they are."""
    from tokens.coolset import client  # noqa: F401


@worker_shutting_down.connect
def _tell_children(**_: object) -> None:
    ask_to_stop()


@worker_ready.connect
def _watch_children(sender: Any, **_: object) -> None:
    """`sender` is Celery's consumer. A pool that looks after lost children itself is left alone."""
    pool = getattr(sender.pool, "_pool", None)
    if pool is not None and getattr(pool, "on_process_down", True) is None:
        pool.on_process_down = lambda child: end_with(child, pool)


def end_with(child: Any, pool: Any) -> None:
    """End this process and all its children where one of them was killed by a signal."""
    if child.exitcode is None or child.exitcode >= 0:
        return
    log.error("A child of the worker was killed by signal %d: starting anew.", -child.exitcode)
    for other in list(pool._pool):
        with suppress(ProcessLookupError):
            os.kill(other.pid, signal.SIGKILL)
    os._exit(EXIT_CODE)
