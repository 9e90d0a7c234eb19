"""One of several that sweep: says that it is ready, begins at a line of input, says what it did."""

from __future__ import annotations

import sys
import time

from benchmarks.steps.common import emit, start_django

start_django()

from django.utils import timezone  # noqa: E402

from tokens.coolset import client  # noqa: E402, F401 - loaded before, as a worker does it
from tokens.services.sweep import sweep  # noqa: E402


def main() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    swept = sweep(clock=timezone.now)
    emit({"seconds": time.perf_counter() - begun, "checked": swept.checked})


main()
