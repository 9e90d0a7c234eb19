"""What a reviewer is told: how many tokens of which review still wait for them, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from tokens.models import Account, Notice, Review, ReviewItem
from tokens.notifications import wording
from tokens.notifications.letters import Item, Letter, Section
from tokens.notifications.messages import SUBJECT_LENGTH, one_line
from tokens.policy.days import utc_day
from tokens.policy.reviews import still_due
from tokens.policy.roles import Permission
from tokens.selectors.reviews import part_of


def review_occasion(review: Review) -> str:
    """The ledger's occasion: which review, in hexadecimal, and its due day as yyyymmdd."""
    return f"{review.pk.hex}{review.due_on:%Y%m%d}"


def review_of(notice: Notice) -> Review | None:
    """The review of a notice, whatever became of it."""
    return Review.objects.filter(pk=UUID(hex=notice.occasion[:32])).first()


def is_still_asked(notice: Notice, now: datetime) -> bool:
    """Whether the recipient still has something to decide, and no tighter reminder is due."""
    review = review_of(notice)
    if review is None or not review.is_open or review_occasion(review) != notice.occasion:
        return False
    due = still_due(due_on=review.due_on, today=utc_day(now), threshold=notice.threshold)
    return due and _waiting(review, notice.recipient) > 0


def review_letter(notices: Sequence[Notice], now: datetime) -> Letter:
    """One mail about all reviews that wait for its reader, the most urgent first.

    Raises LookupError where there is nothing to say any more.
    """
    found = [(review, notice) for notice in notices if (review := review_of(notice)) is not None]
    if not found:
        raise LookupError("no such review")
    found.sort(key=lambda pair: (pair[0].due_on, pair[0].name))
    items = tuple(_item(review, notice.recipient, now) for review, notice in found)
    first = found[0][0]
    left = (first.due_on - utc_day(now)).days
    subject = f"Access review {wording.left(left)}: {first.name}"
    if len(found) > 1:
        subject = f"{len(found)} access reviews wait for you, the first {wording.left(left)}"
    heading = wording.count(len(items), "review")
    return Letter("review", one_line(subject, length=SUBJECT_LENGTH), (Section(heading, items),))


def _item(review: Review, recipient: str, now: datetime) -> Item:
    waiting = _waiting(review, recipient)
    left = (review.due_on - utc_day(now)).days
    verb = "waits" if waiting == 1 else "wait"
    return Item(
        title=one_line(review.name),
        sentence=(
            f"{wording.count(waiting, 'token')} {verb} for your decision, "
            f"{wording.due_sentence(review.due_on, left)}."
        ),
        todo="Confirm each token that is still needed as it is; deny the others, with a reason.",
        url=f"{settings.PUBLIC_URL}/evidence/reviews/{review.pk}/",
        tone="red" if left < 0 else "amber",
    )


def _waiting(review: Review, recipient: str) -> int:
    account = Account.objects.filter(email=recipient, is_active=True).first()
    if account is None:
        return 0
    part = part_of(account.pk, account.rights.reach(Permission.REVIEW))
    mine = ReviewItem.objects.filter(part, review=review, reviewer=account, decision="")
    return mine.count()
