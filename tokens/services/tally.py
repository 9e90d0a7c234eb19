"""How often something happened, counted for /metrics across all processes and restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db.models import F

from tokens.models import Tally


class Counted(StrEnum):
    """What is counted; the label says of which kind."""

    CHECKED = "checked"  # by outcome
    NOT_RECORDED = "not_recorded"
    SWEEPS = "sweeps"  # done, or stopped before its end
    SWEEP_MILLISECONDS = "sweep_ms"
    TASKS_DONE = "tasks_done"  # by task
    TASKS_FAILED = "tasks_failed"  # by task


def tally(what: Counted, numbers: Mapping[str, int], *, now: datetime) -> None:
    """Add to what is counted, by label; a label that is new begins at its number."""
    for label, number in sorted(numbers.items()):
        found = Tally.objects.filter(name=what.value, label=label)
        if found.update(count=F("count") + number, at=now):
            continue
        _, made = Tally.objects.get_or_create(
            name=what.value, label=label, defaults={"count": number, "at": now}
        )
        if not made:  # somebody else's first was faster
            found.update(count=F("count") + number, at=now)
