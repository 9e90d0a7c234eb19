"""Telling administrators at once that somebody who owns or created tokens goes."""

from datetime import datetime

from tokens.models import Notice, NoticeKind, NoticeStatus, Person
from tokens.notifications.audience import administrators
from tokens.notifications.leavers import leaving_occasion, leaving_of, tokens_left_behind
from tokens.notifications.planning import write_notices


def queue_leaver(*, person: Person, now: datetime) -> int:
    """Queue one mail per administrator; returns how many. Nobody is told the same twice.

    Call it inside the transaction that records the leaving. Nothing is queued for a person who
    stays, or who leaves no active token behind.
    """
    leaving = leaving_of(person)
    if leaving is None or not tokens_left_behind(person).exists():
        return 0
    about = (None, leaving_occasion(person, leaving), leaving.threshold)
    told = Notice.objects.filter(
        kind=NoticeKind.LEAVER.value, occasion=about[1], threshold=about[2]
    ).exclude(status=NoticeStatus.CANCELLED.value)
    known = set(told.values_list("recipient", flat=True))
    return sum(
        write_notices(NoticeKind.LEAVER, address, [about], join=False, now=now)
        for address in administrators()
        if address not in known
    )
