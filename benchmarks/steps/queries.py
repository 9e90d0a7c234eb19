"""How many queries each of these pages asks: the second visit, as an administrator."""

from __future__ import annotations

import sys

from benchmarks.steps.common import emit, start_django

start_django()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tokens.models import Account  # noqa: E402


def main() -> None:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        Account.objects.get(email="bench@example.com"), settings.AUTHENTICATION_BACKENDS[-1]
    )
    counts: dict[str, int] = {}
    for path in sys.argv[1:]:
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        counts[path] = len(asked)
    emit(counts)


main()
