"""How often something happened, counted for /metrics across all processes and restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from tokens.models import Tally
from tokens.policy.counted import Counted


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
