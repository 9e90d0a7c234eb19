"""Every five minutes: is the product's own work behind? Administrators are mailed once per outage.

Whoever watches runs in the worker, started by beat. So this tells of a part that stands still while
others live (checks that fail again and again, a mail server that is away); where worker or beat
themselves are dead, the banner on every page and the dead-man's switch tell.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min

from tokens.models import NoticeKind, Pulse, Secret
from tokens.notifications.outbox import waiting_mails
from tokens.notifications.troubles import Work, standing
from tokens.policy.watch import LATE, Seen, outage, watching_since
from tokens.services.alert import queue_alerts
from tokens.services.pulse import beat
from tokens.services.remind import is_open

LOOKED, SINCE = "watch", "watch_since"


def watch(*, now: datetime) -> dict[Work, datetime]:
    """Note which work stands still, with its beginning, and queue mails about what is new."""
    with transaction.atomic():
        pulses = dict(Pulse.objects.select_for_update().values_list("name", "at"))
        watching = watching_since(since=pulses.get(SINCE), last_look=pulses.get(LOOKED), now=now)
        beat(SINCE, now=watching)
        beat(LOOKED, now=now)
        behind: dict[Work, datetime] = {}
        for work, done_at in (
            (Work.CHECKS, _checked_until(pulses.get("sweep"), now)),
            (Work.MAIL, _mailed_until(now)),
        ):
            seen = Seen(done_at, told_since=pulses.get(standing(work)))
            since = outage(seen, watching=watching, now=now)
            if since is None:
                Pulse.objects.filter(name=standing(work)).delete()
            else:
                beat(standing(work), now=since)
                behind[work] = since
        queue_alerts(behind=behind, now=now)
    return behind


def _checked_until(swept_at: datetime | None, now: datetime) -> datetime | None:
    """When checks last got on: a sweep that ended well, or, in a long one, its latest answer."""
    if swept_at is None:  # never since the instance began: then since a check waits
        waiting = Secret.objects.filter(next_check_at__lte=now).aggregate(at=Min("next_check_at"))
        found: datetime | None = waiting["at"]
        return found
    if now - swept_at <= LATE:
        return swept_at
    latest = Secret.objects.aggregate(at=Max("last_checked_at"))["at"]
    return max(swept_at, latest) if latest else swept_at


def _mailed_until(now: datetime) -> datetime | None:
    """Since when the oldest mail waits that could have gone out; our own warning is none, nor is
    what its reader wants later."""
    waiting = waiting_mails(now).exclude(kind=NoticeKind.BEHIND.value)
    if not is_open(now):
        waiting = waiting.exclude(kind=NoticeKind.REMINDER.value)
    oldest: datetime | None = waiting.aggregate(at=Min("waits_since"))["at"]
    return oldest
