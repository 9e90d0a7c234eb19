"""Celery's beat, for a clock that was put back.

Celery plans by the clock of the wall: after a clock that ran a day ahead was put right, nothing
would be started for a day, by a beat that was started anew neither, since it keeps when what ran.
Here what ran in what is now the future has just run.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler
from django.utils import timezone

log = logging.getLogger(__name__)
#: What a clock that is kept in time may be corrected by, all at once.
TOLERATED = timedelta(seconds=5)


class Scheduler(PersistentScheduler):
    """`celery beat` takes it from the settings of `coolset_admin.celery`."""

    _looked_at = timezone.now()

    def setup_schedule(self) -> None:
        super().setup_schedule()
        self._looked_at = timezone.now()
        self._plan_anew()

    def tick(self, *args: Any, **options: Any) -> float:
        """Start what is due; how many seconds to wait until the next time."""
        before, self._looked_at = self._looked_at, timezone.now()
        if self._looked_at < before - TOLERATED:
            log.warning("The clock was put back: beat plans anew.")
            self._plan_anew()
        seconds: float = super().tick(*args, **options)
        return seconds

    def _plan_anew(self) -> None:
        for entry in self.schedule.values():
            if entry.last_run_at and entry.last_run_at > self._looked_at:
                entry.last_run_at = self._looked_at
        self._heap = None
