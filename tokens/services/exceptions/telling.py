"""Telling people of exceptions: who may decide, who asked, and whom its end concerns."""

from __future__ import annotations

from datetime import date, datetime, timedelta

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
    """Queue one mail to each who may decide; the caller's transaction."""
    return _queue(exception, Say.WAITS, now)


def queue_decided(exception: PolicyException, *, now: datetime) -> int:
    """Queue the mail that tells who asked what was decided; the caller's transaction."""
    return _queue(exception, Say.DECIDED, now)


def remind_exceptions(*, now: datetime) -> int:
    """Queue what owners and askers are told of an end that is near, or was; returns how many.

    Nobody is told the same twice. Safe beside another run: the pulse's row is the lock.
    """
    found = _untold(utc_day(now))
    if not found:
        return 0
    with transaction.atomic():
        Pulse.objects.update_or_create(name="exceptions", defaults={"at": now})
        rules, queued = rules_in_force(), 0
        for exception in found:
            say = what_to_say(exception, rules, now)
            queued += 0 if say is None else _queue(exception, say, now)
    return queued


def _untold(today: date) -> list[PolicyException]:
    """Those whose end is near or was lately, and of which nobody was told that; two queries."""
    rows = PolicyException.objects.filter(
        decision=Decision.APPROVED.value,
        closed_at__isnull=True,
        ends_on__gte=today - LOOK_BACK,
        ends_on__lte=today + timedelta(days=SOON_DAYS),
    )
    found = list(rows.select_related("token__owner").order_by("ends_on", "pk"))
    tokens = {each.token_id for each in found}
    notices = Notice.objects.filter(kind=NoticeKind.EXCEPTION.value, token_id__in=tokens)
    live = notices.exclude(status=NoticeStatus.CANCELLED.value)
    told = set(live.values_list("occasion", "threshold"))
    return [
        each for each in found if (exception_occasion(each), _of_its_end(each, today)) not in told
    ]


def _of_its_end(exception: PolicyException, today: date) -> Say:
    return Say.ENDED if exception.ends_on < today else Say.ENDS_SOON


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
