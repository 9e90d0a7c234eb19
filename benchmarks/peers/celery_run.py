"""Publish one task per token and wait until each was done: tasks per second on the last line."""

from __future__ import annotations

import sys
import time

from benchmarks.peers.celery_app import app, check
from tokens.models import Secret, Token

START_SECONDS = 60


def _ids(count: int) -> list[str]:
    held = Token.objects.filter(sealed__isnull=False).order_by("pk")
    return [str(pk) for pk in held.values_list("pk", flat=True)[:count]]


def _wait(ids: list[str]) -> None:
    """Until the row of each was saved."""
    secrets = list(Token.objects.filter(pk__in=ids).values_list("secret_id", flat=True))
    left = Secret.objects.filter(pk__in=secrets, last_checked_at__isnull=True)
    while left.exists():
        time.sleep(0.02)


def main() -> None:
    ids = _ids(int(sys.argv[1]))
    until = time.monotonic() + START_SECONDS
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > until:
            raise SystemExit("the Celery worker did not start")
    Secret.objects.update(last_checked_at=None)
    for token_id in ids[:16]:  # let every child open its connections
        check.delay(token_id)
    _wait(ids[:16])
    begun = time.perf_counter()
    for token_id in ids[16:]:
        check.delay(token_id)
    _wait(ids)
    print((len(ids) - 16) / (time.perf_counter() - begun))


main()
