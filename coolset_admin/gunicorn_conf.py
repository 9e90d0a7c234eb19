"""How gunicorn serves web, under `up` and in the container."""

import gc
import os
from pathlib import Path
from typing import Any

_host = os.environ.get("HOST") or "127.0.0.1"
_port = os.environ.get("PORT") or "8000"

# `up` listens itself, so that a restarted web loses no request, and hands the socket over.
bind = os.environ.get("WEB_BIND") or (f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}")
preload_app = True
worker_class = "coolset_admin.web_worker.QuietThreadWorker"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
timeout = 60
graceful_timeout = 5
keepalive = 5
# Recycled now and then, not all at once.
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn's heartbeat)
# Addresses may hold what people pasted into a search field; django-structlog logs without it.
accesslog = None
loglevel = "warning"
proc_name = "coolset-web"
control_socket_disable = True


# Loading makes a hundred thousand objects and no garbage: looking for some takes a tenth of it.
gc.disable()


def on_starting(_server: Any) -> None:
    """Load all that a request may need, once for all workers, which share its memory.

    Then wait until `up` has brought the database up to date. `up` closes its end of the pipe then;
    a web that is restarted later finds it closed.
    """
    from django.urls import reverse

    reverse("setup")  # a first address needs them all, and so every page and the API
    gc.freeze()
    gc.enable()
    if gate := os.environ.get("WEB_GATE"):
        os.read(int(gate), 1)


def child_exit(_server: Any, worker: Any) -> None:
    """Give the figures of a finished process back, where several share one folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
