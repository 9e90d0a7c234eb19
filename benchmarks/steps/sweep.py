"""One sweep of everything that is held, as the worker runs it; the environment says how fast."""

from __future__ import annotations

import time
from datetime import timedelta

from benchmarks.steps.common import children_peak_mb, emit, peak_mb, start_django, vacuum

start_django()

from django.utils import timezone  # noqa: E402

# A worker has it from its start (coolset_admin/worker_pool.py).
from tokens.coolset import client  # noqa: E402, F401
from tokens.models import AuditEvent, Check, Secret  # noqa: E402
from tokens.services.sweep import sweep  # noqa: E402


def main() -> None:
    held = Secret.objects.filter(fingerprint__isnull=False, destroyed_at__isnull=True)
    held.update(next_check_at=timezone.now() - timedelta(hours=1), throttled_until=None)
    vacuum()
    checks, events = Check.objects.count(), AuditEvent.objects.count()
    begun = time.perf_counter()
    swept = sweep(clock=timezone.now)
    seconds = time.perf_counter() - begun
    emit(
        {
            "seconds": seconds,
            "checked": swept.checked,
            "outcomes": {outcome.value: count for outcome, count in swept.outcomes.items()},
            "new_checks": Check.objects.count() - checks,
            "new_events": AuditEvent.objects.count() - events,
            "peak_mb": peak_mb() + children_peak_mb(),
        }
    )


main()
