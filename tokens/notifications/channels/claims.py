"""Who works on which delivery, and how an attempt ended: the outbox's discipline for channels.

A claim is a lease: whoever holds it may tell this; it runs out by itself, so a killed worker loses
nothing. An attempt is counted when it is begun, so that a process that dies again and again after
sending repeats itself ever more slowly, with the same webhook-id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q

from tokens.models import Delivery, DeliveryStatus
from tokens.models.bulk import update_each
from tokens.notifications.channels.answers import Answer
from tokens.policy.channels import is_hopeless, retry_at

#: Longer than any attempt may take.
CLAIM_FOR = timedelta(seconds=90)
#: No attempt is put off for longer (`retry_at`): what is was put off by a clock that was put back.
FARTHEST = timedelta(hours=13)
#: So many attempts are kept to be shown.
TRIES_KEPT = 12

QUEUED = DeliveryStatus.QUEUED.value
_WITH = (
    "token__company",
    "token__integration__second_contact",
    "token__owner",
    "token__secret__revocation",
    "token__secret__compromise",
)


def _free(now: datetime) -> Q:
    """Of the row's own columns alone: PostgreSQL looks at these anew once it has waited for a lock,
    and never at a sub-select, by which two workers would both win."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    due = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
    due |= Q(next_attempt_at__gt=now + FARTHEST)
    return Q(status=QUEUED) & free & due


def _waiting(now: datetime) -> Q:
    return _free(now) & Q(channel__active=True)


def due_channels(now: datetime) -> list[UUID]:
    """Channels with something that may be told now, the longest untried first; one query."""
    found = Delivery.objects.filter(_waiting(now)).order_by(
        F("channel__tried_at").asc(nulls_first=True), "channel_id"
    )
    rows = found.values_list("channel_id", "channel__tried_at").distinct()
    return list(dict.fromkeys(channel for channel, _ in rows))


def claim(channel_id: UUID, *, most: int, now: datetime) -> list[Delivery]:
    """Take up to `most` of this channel's due deliveries, the oldest first; [] where none is left.

    They come with all that is said of their tokens.
    """
    mine = uuid4()
    with transaction.atomic():
        due = Delivery.objects.filter(_waiting(now), channel=channel_id)
        ids = list(due.order_by("created_at", "pk").values_list("pk", flat=True)[:most])
        Delivery.objects.filter(_free(now), pk__in=ids).update(
            claim=mine, claimed_until=now + CLAIM_FOR, attempts=F("attempts") + 1
        )
        rows = list(
            Delivery.objects.filter(pk__in=ids, claim=mine)
            .select_related("channel", *_WITH)
            .order_by("created_at", "pk")
        )
        for row in rows:
            row.next_attempt_at = retry_at(row.attempts, now)
        update_each(Delivery, rows, ["next_attempt_at"])
    return rows


def cancel(rows: Sequence[Delivery]) -> None:
    """What they say is no longer true."""
    mine = Delivery.objects.filter(pk__in=[row.pk for row in rows], status=QUEUED)
    mine.update(status=DeliveryStatus.CANCELLED.value, claim=None, claimed_until=None)


def mark(rows: Sequence[Delivery], answer: Answer, *, now: datetime) -> list[Delivery]:
    """Write down how an attempt ended; the rows that this changed.

    An acceptance counts although the claim ran out meanwhile: it was accepted all the same. A
    failure does not, since somebody else may have been luckier. The caller owns the transaction.
    """
    held = Delivery.objects.select_for_update().filter(
        pk__in=[row.pk for row in rows], status=QUEUED
    )
    claims = {row.pk: row.claim for row in rows}
    found = [row for row in held if answer.accepted or row.claim == claims[row.pk]]
    for row in found:
        _settle(row, answer, now)
    update_each(
        Delivery,
        found,
        [
            "status", "sent_at", "status_code", "last_problem", "tries", "next_attempt_at",
            "claim", "claimed_until",
        ],
    )  # fmt: skip
    return found


def _settle(row: Delivery, answer: Answer, now: datetime) -> None:
    row.status_code, row.last_problem = answer.status, answer.problem
    tried = [now.isoformat(timespec="seconds"), answer.status, answer.problem]
    row.tries = [*row.tries, tried][-TRIES_KEPT:]
    row.claim = row.claimed_until = None
    if answer.accepted:
        row.status, row.sent_at, row.next_attempt_at = DeliveryStatus.SENT.value, now, None
    elif is_hopeless(begun_at=row.begun_at, attempts=row.attempts, now=now):
        row.status, row.next_attempt_at = DeliveryStatus.GIVEN_UP.value, None
    else:
        row.next_attempt_at = retry_at(max(1, row.attempts), now)
