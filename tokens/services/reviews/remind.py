"""Reminding reviewers: one mail per reviewer and run, each occasion once, until all is decided."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tokens.models import Notice, NoticeKind, NoticeStatus, Pulse, Review, ReviewItem
from tokens.notifications import outbox
from tokens.notifications.planning import About, write_notices
from tokens.notifications.reviews import review_occasion
from tokens.policy.days import utc_day
from tokens.policy.reviews import due_reminder, reached
from tokens.selectors.reviewers import reaches
from tokens.services.chunks import chunks
from tokens.services.remind import is_open

KIND = NoticeKind.REVIEW
#: Somebody is asked about a review until its due day: the ledger's occasion, and the address.
Asked = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reminded:
    """queued: reminders anew, one per reviewer and review; cancelled: no longer true."""

    queued: int
    cancelled: int


def remind_reviewers_if_open_hours(*, now: datetime) -> Reminded | None:
    """What beat runs every few minutes: from 07:00 UTC on; None before."""
    return remind_reviewers(now=now) if is_open(now) else None


def remind_reviewers(*, now: datetime) -> Reminded:
    """Queue what is due at `now`, cancel what is no longer true. Twice is the same as once."""
    if not _anything_to_do():
        return Reminded(0, 0)
    with transaction.atomic():
        # The pulse's row is the lock: of two runs at once the second finds everything done.
        Pulse.objects.update_or_create(name="reviews", defaults={"at": now})
        outbox.lock_unsent(KIND)
        asked = _asked()
        told = _told({occasion for occasion, _ in asked})
        cancelled = _cancel(asked, told, now)
        add: dict[str, list[About]] = defaultdict(list)
        for (occasion, address), review in asked.items():
            done = _done(told.get((occasion, address), ()), cancelled)
            threshold = due_reminder(due_on=review.due_on, today=utc_day(now), done=done)
            if threshold is not None:
                add[address].append((None, occasion, threshold))
        queued = sum(
            write_notices(KIND, address, about, join=True, now=now)
            for address, about in sorted(add.items())
        )
        if cancelled:
            outbox.drop_empty()
    return Reminded(queued, len(cancelled))


def _anything_to_do() -> bool:
    queued = Notice.objects.filter(kind=KIND.value, status=NoticeStatus.QUEUED.value)
    return Review.objects.filter(closed_at__isnull=True).exists() or queued.exists()


def _asked() -> dict[Asked, Review]:
    """Everybody who can sign in, still has something to decide, and may."""
    waiting = ReviewItem.objects.filter(
        decision="", review__closed_at__isnull=True, reviewer__is_active=True
    )
    names = ("review_id", "reviewer_id", "reviewer__email", "token__company_id")
    found = list(waiting.order_by().values_list(*names).distinct())
    where = reaches({reviewer for _, reviewer, _, _ in found})
    reviews = Review.objects.filter(closed_at__isnull=True).in_bulk()
    return {
        (review_occasion(reviews[review]), email): reviews[review]
        for review, reviewer, email, company in found
        if review in reviews and where[reviewer].includes(company)
    }


@dataclass(frozen=True, slots=True)
class _Told:
    id: UUID
    threshold: int
    sent: bool


def _told(occasions: set[str]) -> dict[Asked, list[_Told]]:
    """What was said of these occasions, and what waits to be said of any."""
    about = Q(occasion__in=occasions) | Q(status=NoticeStatus.QUEUED.value)
    rows = Notice.objects.filter(about, kind=KIND.value)
    rows = rows.exclude(status=NoticeStatus.CANCELLED.value)
    found: dict[Asked, list[_Told]] = defaultdict(list)
    for pk, occasion, threshold, recipient, status in rows.values_list(
        "pk", "occasion", "threshold", "recipient", "status"
    ):
        sent = status == NoticeStatus.SENT.value
        found[occasion, recipient].append(_Told(pk, threshold, sent))
    return found


def _cancel(asked: dict[Asked, Review], told: dict[Asked, list[_Told]], now: datetime) -> set[UUID]:
    """Queued ones of whoever is done, and those that a tighter one takes the place of."""
    stale = {
        each.id
        for key, notices in told.items()
        for each in notices
        if not each.sent and not _is_due(asked.get(key), each.threshold, now)
    }
    for ids in chunks(list(stale)):
        Notice.objects.filter(pk__in=ids).update(status=NoticeStatus.CANCELLED.value)
    return stale


def _is_due(review: Review | None, threshold: int, now: datetime) -> bool:
    return review is not None and reached((review.due_on - utc_day(now)).days) == threshold


def _done(told: list[_Told] | tuple[_Told, ...], cancelled: set[UUID]) -> int | None:
    return min((each.threshold for each in told if each.id not in cancelled), default=None)
