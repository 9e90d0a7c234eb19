"""Telling people of exceptions: who may decide, who asked, and whom its end concerns."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tokens.models import Notice, NoticeKind, NoticeStatus, PolicyException, Pulse
from tokens.notifications.audience import administrators
from tokens.notifications.exceptions import (
    Say,
    exception_occasion,
    exception_readers,
    what_to_say,
)
from tokens.notifications.planning import write_notices
from tokens.policy.days import utc_day
from tokens.policy.exceptions import SOON_DAYS, Decision
from tokens.services.policy_in_force import rules_in_force

#: Of what was over before that nobody is told: mails do not come out of the past.
LOOK_BACK = timedelta(days=30)


def queue_waiting(exception: PolicyException, *, now: datetime) -> int:
    """Queue one mail per administrator who may decide; the caller's transaction."""
    return _queue(exception, Say.WAITS, now)


def queue_decided(exception: PolicyException, *, now: datetime) -> int:
    """Queue the mail that tells who asked what was decided; the caller's transaction."""
    return _queue(exception, Say.DECIDED, now)


def remind_exceptions(*, now: datetime) -> int:
    """Queue what owners and askers are told of an end that is near, or was; returns how many.

    Nobody is told the same twice. Safe beside another run: the pulse's row is the lock.
    """
    today = utc_day(now)
    open_now = PolicyException.objects.filter(
        decision=Decision.APPROVED.value,
        closed_at__isnull=True,
        ends_on__gte=today - LOOK_BACK,
        ends_on__lte=today + timedelta(days=SOON_DAYS),
    )
    if not open_now.exists():
        return 0
    with transaction.atomic():
        Pulse.objects.update_or_create(name="exceptions", defaults={"at": now})
        rules, queued = rules_in_force(), 0
        for exception in open_now.select_related("token__owner").order_by("ends_on", "pk"):
            say = what_to_say(exception, rules, now)
            queued += 0 if say is None else _queue(exception, say, now)
    return queued


def _queue(exception: PolicyException, say: Say, now: datetime) -> int:
    occasion = exception_occasion(exception)
    told = Notice.objects.filter(
        kind=NoticeKind.EXCEPTION.value, occasion=occasion, threshold=say.value
    ).exclude(status=NoticeStatus.CANCELLED.value)
    known = set(told.values_list("recipient", flat=True))
    about = (exception.token_id, occasion, say.value)
    return sum(
        write_notices(NoticeKind.EXCEPTION, address, [about], join=False, now=now)
        for address in exception_readers(exception, say, administrators())
        if address not in known
    )
