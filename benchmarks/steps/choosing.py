"""Time choosing reminders where all have been planned: what every run but one a day does."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from benchmarks.steps.common import emit, start_django

start_django()

from django.utils import timezone  # noqa: E402

from tokens.services.remind import plan_reminders  # noqa: E402

ROUNDS = 7


def main() -> None:
    later = timezone.now() + timedelta(minutes=5)
    plan_reminders(now=later)
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        plan_reminders(now=later)
        times.append(time.perf_counter() - begun)
    emit({"ms": statistics.median(times) * 1000})


main()
