"""Celery's beat, for a clock that was put back and a broker that was away.

Celery plans by the clock of the wall: after a clock that ran a day ahead was put right, nothing
would be started for a day, by a beat that was started anew neither, since it keeps when what ran.
Here what ran in what is now the future has just run.

It also keeps one connection for ever. kombu closes that when it turns to another of several
addresses (sentinels), and what was closed is not opened again: each message after it fails. Here a
message that fails is the last one that its connection is used for.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler, SchedulingError
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

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send one message. Raises SchedulingError; the next one goes over a new connection."""
        try:
            return super().apply_async(*args, **options)
        except SchedulingError:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        """Both are made anew when they are next asked for."""
        self.__dict__.pop("producer", None)
        connection = self.__dict__.pop("connection", None)
        if connection is None:
            return
        try:
            connection.release()
        except Exception as error:
            log.warning("A broken connection could not be closed: %s.", type(error).__name__)

    def _plan_anew(self) -> None:
        for entry in self.schedule.values():
            if entry.last_run_at and entry.last_run_at > self._looked_at:
                entry.last_run_at = self._looked_at
        self._heap = None
