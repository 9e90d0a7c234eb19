"""What machines ask: is the process alive, can it work, and its figures.

Answers name each check and a fixed word; never an exception's text, which may hold an address
with a password.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from coolset_admin.figures import product_figures
from tokens import keys, redis_address
from tokens.audit import triggers
from tokens.errors import KeyringError
from tokens.services.key_records import require_known_keys
from tokens.web.access import open_before_setup

log = structlog.get_logger("coolset_admin.operations")
OK = "ok"
WAITS = "not looked at: the database does not answer"
BROKER_SECONDS = 3


class NotReady(Exception):
    """A check failed; the message is a fixed word that anybody may read."""


@open_before_setup
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; it looks at nothing else."""
    return JsonResponse({"status": OK})


@open_before_setup
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when this process can do its work, else 503; names every check and what is wrong."""
    found: dict[str, str] = {}
    for name, check in _CHECKS.items():
        # One that is away would be waited for again by each of the others.
        waits = name in _NEED_DATABASE and found["database"] != OK
        found[name] = WAITS if waits else _result(name, check)
    ready = all(word == OK for word in found.values())
    return JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503)


@open_before_setup
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures: with METRICS_TOKEN set, for who sends it as Bearer; else, outside
    production, for this machine alone (docs/decisions/0001-metrics.md). Others get 404."""
    if not _may_read_metrics(request):
        raise Http404
    of_process: HttpResponse = ExportToDjangoView(request)
    text = of_process.content.decode() + product_figures()
    return HttpResponse(text, content_type=of_process.headers["Content-Type"])


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # A forwarded request comes from a proxy on this machine, not from this machine.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
    return not settings.PRODUCTION and local and not forwarded


def _result(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as error:
        return str(error)
    except (DatabaseError, OSError) as error:
        log.warning("not ready", check=name, problem=type(error).__name__)
        return "does not answer"
    except Exception as error:  # told as all else here: the kind, never the text
        log.error("not ready", check=name, problem=type(error).__name__)
        return f"cannot be checked: {type(error).__name__}"
    return OK


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _keys() -> None:
    try:
        keys.public_key()
        keys.fingerprint_key()
        require_known_keys()
    except KeyringError as error:
        raise NotReady(str(error)) from None


def _ping_redis() -> None:
    # Imported here: it takes longer than Django itself, and a local instance has no Redis.
    from redis import RedisError

    try:
        with redis_address.connect(settings.REDIS_URL, seconds=BROKER_SECONDS) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        log.warning("not ready", check="broker", problem=type(error).__name__)
        raise NotReady("does not answer") from None


def _broker() -> None:
    if settings.REDIS_URL:
        _ping_redis()
        return
    folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_in", "")
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise NotReady("the broker's folder cannot be written")


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Migrations that this version of the code brings; they do not change while it runs.

    Not those that replace others: a database that has taken the others has taken them, recorded
    or not, and one that took them has the others on record.
    """
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    disk = loader.disk_migrations or {}
    return frozenset(key for key, migration in disk.items() if not migration.replaces)


def _migrations() -> None:
    applied = MigrationRecorder(connection).applied_migrations()
    if count := len(_known_migrations() - applied.keys()):
        raise NotReady(f"{count} not applied; run manage.py migrate")


def _audit() -> None:
    if triggers.missing(connection):
        raise NotReady("triggers are missing; run manage.py verify_audit")


_CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "keys": _keys,
    "broker": _broker,
    "migrations": _migrations,
    "audit": _audit,
}
_NEED_DATABASE = frozenset({"keys", "migrations", "audit"})
