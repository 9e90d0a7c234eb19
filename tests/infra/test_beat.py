"""Beat goes on when the clock is put back, whether it runs or is started then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from celery.beat import SchedulingError
from celery.utils.imports import symbol_by_name

from coolset_admin.beat import Scheduler
from coolset_admin.celery import app

NOON = datetime(2028, 3, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=10)


class Recording(Scheduler):
    """Notes what it would send."""

    def __init__(self, *words: Any, **options: Any) -> None:
        self.sent: list[str] = []
        super().__init__(*words, **options)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.task)

    @property
    def producer(self) -> None:  # type: ignore[override]
        return None

    def run_until(self, traveller: Any, end: datetime) -> set[str]:
        """Tick as beat does, from now on; what it sent in that time."""
        self.sent.clear()
        while (now := datetime.now(UTC)) < end:
            wait = self.tick()
            traveller.move_to(now + timedelta(seconds=max(wait, 0.01)))
        return set(self.sent)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "schedule")


def beat(file: str) -> Recording:
    return Recording(app, schedule_filename=file)


EVERY_FEW_MINUTES = {
    entry["task"] for entry in app.conf.beat_schedule.values() if entry["schedule"] <= 300
}


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1), timedelta(days=100)])
def test_it_goes_on_by_the_clock_as_it_is(file: str, back: timedelta) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        running = beat(file)
        assert running.run_until(traveller, NOON + MINUTES) == EVERY_FEW_MINUTES
        traveller.move_to(NOON + MINUTES - back)
        assert running.run_until(traveller, NOON + 2 * MINUTES - back) == EVERY_FEW_MINUTES
        running.close()


def test_one_that_is_started_then_goes_on_too(file: str) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        first = beat(file)
        first.run_until(traveller, NOON + MINUTES)
        first.close()
        traveller.move_to(NOON - timedelta(days=1))
        second = beat(file)
        sent = second.run_until(traveller, NOON - timedelta(days=1) + MINUTES)
        second.close()
    assert sent == EVERY_FEW_MINUTES


def test_a_clock_that_is_put_right_by_a_second_starts_nothing_anew(file: str) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        running = beat(file)
        running.run_until(traveller, NOON + MINUTES)
        before = {name: entry.last_run_at for name, entry in running.schedule.items()}
        traveller.move_to(datetime.now(UTC) - timedelta(seconds=1))
        running.tick()
        assert {name: entry.last_run_at for name, entry in running.schedule.items()} == before
        running.close()


def test_it_is_the_one_that_is_started() -> None:
    assert symbol_by_name(app.conf.beat_scheduler) is Scheduler


def test_a_message_that_fails_is_the_last_one_of_its_connection(file: str) -> None:
    running = Scheduler(app, schedule_filename=file)
    entry = running.schedule["sweep"]
    broken = running.producer
    with mock.patch("kombu.Producer.publish", side_effect=[OSError("closed"), None]):
        with pytest.raises(SchedulingError):
            running.apply_async(entry, producer=broken)
        sound = running.producer
        running.apply_async(entry, producer=sound)
    assert sound is not broken
    assert running.producer is sound, "one that works is kept"
    running.close()
