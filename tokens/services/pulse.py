"""When each part of the product last did its work well, for banners and readiness."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Pulse


def beat(name: str, *, now: datetime) -> None:
    """Note that `name` (sweep, beat, remind, mail) is alive at `now`."""
    Pulse.objects.update_or_create(name=name, defaults={"at": now})
