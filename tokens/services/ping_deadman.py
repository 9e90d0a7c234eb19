"""After each good sweep: tell the dead-man's switch that all is well."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q

from tokens.models import Pulse
from tokens.notifications.deadman import ping
from tokens.notifications.deadman_address import DeadmanError
from tokens.services.pulse import beat

log = structlog.get_logger(__name__)

TRIED, REACHED = "deadman_tried", "deadman"
#: Sweeps come every minute, give or take a second; several workers make one ping together.
EVERY = timedelta(seconds=55)


def ping_deadman(*, now: datetime) -> bool | None:
    """Ping DEADMAN_URL: whether it answered 2xx, or None where there was nothing to do.

    At most once a minute, whoever calls. A ping that fails is logged (without the address) and
    shown in a banner, and never an error: a sweep that went well is not undone by it.
    """
    if not settings.DEADMAN_URL or not _first(now):
        return None
    try:
        problem = ping(settings.DEADMAN_URL)
    except DeadmanError as error:
        problem = str(error)
    if problem:
        log.warning("deadman.not_reached", problem=problem)
        return False
    beat(REACHED, now=now)
    return True


def _first(now: datetime) -> bool:
    """Whether nobody pinged in this minute; a clock that was set back is no reason to wait."""
    _, created = Pulse.objects.get_or_create(name=TRIED, defaults={"at": now})
    if created:
        return True
    due = Q(at__lte=now - EVERY) | Q(at__gt=now)
    return bool(Pulse.objects.filter(due, name=TRIED).update(at=now))
