"""What a page costs where nothing is kept, and where all is: `ROUNDS PATH …`, medians in ms."""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.steps.common import emit, start_django

start_django()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from tokens.models import Account  # noqa: E402
from tokens.selectors.kept import kept  # noqa: E402


def _visit(client: Client, path: str) -> float:
    begun = time.perf_counter()
    if client.get(path).status_code != 200:
        raise SystemExit(f"{path} did not answer 200")
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    rounds, paths = int(sys.argv[1]), sys.argv[2:]
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        Account.objects.get(email="bench@example.com"), settings.AUTHENTICATION_BACKENDS[-1]
    )
    taken: dict[str, list[float]] = {}
    for path in paths:
        _visit(client, path)
        cold, warm = [], []
        for _ in range(rounds):
            kept.forget()
            cold.append(_visit(client, path))
            warm.append(_visit(client, path))
        taken[path] = [statistics.median(cold), statistics.median(warm)]
    emit(taken)


main()
