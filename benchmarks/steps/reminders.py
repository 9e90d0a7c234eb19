"""Plan all reminders once, say they were sent, then time choosing: ours, and a prefetching loop.

With `ours` the loop is left out.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from benchmarks.steps.common import emit, start_django, vacuum

start_django()

from django.utils import timezone  # noqa: E402

from tokens.models import Mail, Notice, Token  # noqa: E402
from tokens.policy.days import days_left, utc_day  # noqa: E402
from tokens.policy.settings import DEFAULT  # noqa: E402
from tokens.services.remind import plan_reminders  # noqa: E402

ROUNDS = 7


def _loop(now: datetime) -> int:
    """What one would write first: walk over all tokens with what was sent for each."""
    due = 0
    tokens = Token.objects.filter(state="active").select_related("owner", "secret")
    for token in tokens.prefetch_related("notices").iterator(chunk_size=2000):
        left = days_left(token.due_at, now)
        reached = [threshold for threshold in DEFAULT.thresholds if left <= threshold]
        told = {
            notice.threshold
            for notice in token.notices.all()
            if notice.occasion == utc_day(token.due_at).isoformat()
        }
        due += bool(reached) and min(reached) not in told
    return due


def _ms(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def main() -> None:
    now = timezone.now()
    begun = time.perf_counter()
    planned = plan_reminders(now=now)
    first = time.perf_counter() - begun
    Notice.objects.update(status="sent", sent_at=now)
    Mail.objects.update(status="sent", sent_at=now, next_attempt_at=None)
    vacuum()
    later = now + timedelta(minutes=5)
    plan_reminders(now=later)
    ours = _ms(lambda: plan_reminders(now=later), ROUNDS)
    loop = None if sys.argv[1:] == ["ours"] else _ms(lambda: _loop(later), 1)
    emit({"first_seconds": first, "first_due": planned.due, "ours_ms": ours, "loop_ms": loop})


main()
