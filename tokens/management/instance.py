"""The processes of a running instance: what `up` starts, and which keys each of them may hold."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tokens import keys
from tokens.key_providers.place import not_for_web
from tokens.management.fresh import lay_out_fresh
from tokens.management.supervisor import POLL_SECONDS, Child, Supervisor

#: For the worker alone, beside what leads to the keyring.
_PRIVATE = ("DEADMAN_URL", "DEADMAN_URL_FILE")
_PUBLIC = ("TOKEN_PUBLIC_KEY", "TOKEN_PUBLIC_KEY_FILE")
BACKLOG = 256
START_SECONDS = 10.0


def listen(host: str, port: int) -> socket.socket:
    """A bound socket that children may inherit; OSError where the address is taken or wrong.

    `up` binds before anything else, so that a taken port is told at once, and keeps the socket
    across restarts of web, so that none of them loses a request.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    bound.set_inheritable(True)
    return bound


def prepare() -> None:
    """Bring the database up to date, and the static files where they are served from a folder."""
    if not lay_out_fresh():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
    if settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
        call_command("createcachetable", verbosity=0)
    served_from_finders = getattr(settings, "WHITENOISE_USE_FINDERS", False)
    if not served_from_finders and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()


@dataclass(frozen=True)
class Instance:
    """The three processes of one instance, each with the environment it may have."""

    web: Child
    worker: Child
    beat: Child


def describe(bound: socket.socket, gate: int) -> Instance:
    """What to start. Only the worker's environment may hold TOKEN_KEYS.

    `gate` is the reading end of a pipe: web loads at once and answers when it is closed.
    """
    common = dict(os.environ) | {"DATA_DIR": str(settings.DATA_DIR), "PYTHONUNBUFFERED": "1"}
    dropped = {*_PRIVATE, *_PUBLIC, *not_for_web(common)}
    without = {name: value for name, value in common.items() if name not in dropped}
    public = without | {"TOKEN_PUBLIC_KEY": keys.public_key().setting_text()}
    celery = (sys.executable, "-m", "celery", "-A", "coolset_admin", "-q")
    gunicorn = (sys.executable, "-m", "gunicorn", "-c", "python:coolset_admin.gunicorn_conf")
    web = {
        "PROCESS_ROLE": "web",
        "WEB_BIND": f"fd://{bound.fileno()}",
        "WEB_GATE": str(gate),
        "PROMETHEUS_MULTIPROC_DIR": str(_empty(Path(settings.DATA_DIR) / "metrics")),
    }
    worker = ("worker", "-l", "WARNING", "-c", "2", "--without-gossip", "--without-mingle")
    return Instance(
        Child("web", (*gunicorn, "coolset_admin.wsgi"), public | web, (bound.fileno(), gate)),
        Child("worker", (*celery, *worker), common | {"PROCESS_ROLE": "worker"}),
        Child("beat", (*celery, "beat", "-l", "WARNING"), public | {"PROCESS_ROLE": "beat"}),
    )


def wait_for_web(bound: socket.socket, supervisor: Supervisor) -> None:
    """Return when web answers, at the latest after START_SECONDS.

    Worker and beat start after that: on a small machine they would only slow web down.
    """
    until = time.monotonic() + START_SECONDS
    family, address = bound.family, bound.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104
    with socket.socket(family, socket.SOCK_STREAM) as asking:
        asking.settimeout(POLL_SECONDS)
        asking.connect((host, *address[1:]))
        asking.sendall(b"GET /healthz/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while time.monotonic() < until and not supervisor.stopping:
            try:
                asking.recv(1)
            except TimeoutError:
                continue
            except OSError:
                time.sleep(POLL_SECONDS)
                continue
            return


def _empty(folder: Path) -> Path:
    """An empty folder: figures of processes that are gone must not be counted on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
