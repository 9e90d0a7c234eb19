"""Access reviews as pages, API and command show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tokens.models import Review, ReviewItem
from tokens.policy.reviews import Answer
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.within import inside

SIZE = 100
#: What of a review is listed, by the word in the address.
WAITING, CONFIRMED, DENIED, ALL = "waiting", "confirmed", "denied", "all"
_SHOWN: dict[str, Q] = {
    WAITING: Q(decision=""),
    CONFIRMED: Q(decision=Answer.CONFIRM.value),
    DENIED: Q(decision=Answer.DENY.value),
    ALL: Q(),
}
SHOWN = tuple(_SHOWN)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one reviewer is."""

    reviewer_id: UUID
    reviewer: str
    active: bool
    tokens: int
    waiting: int
    denied: int

    @property
    def confirmed(self) -> int:
        return self.tokens - self.waiting - self.denied


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some items by place; `after` and `before` are the places that the neighbouring pages go by,
    None where there are none."""

    items: tuple[ReviewItem, ...]
    total: int
    after: int | None
    before: int | None


def part_of(reader: UUID | None, reach: Reach) -> Q:
    """The items that somebody sees: all where `reach` is whole, else those of their own to decide
    in the companies of it. No condition, and so false, where it is all."""
    return Q() if reach.whole else Q(inside(reach, "token__company"), reviewer=reader)


def reviews(part: Q = _SHOWN[ALL]) -> QuerySet[Review]:
    """All that have items of this part, the newest first; `tokens`, `waiting` and `denied` are
    counted in it."""
    found = (
        Review.objects.select_related("asked_by")
        .defer("result")
        .annotate(
            tokens=_number(part),
            waiting=_number(_SHOWN[WAITING] & part),
            denied=_number(_SHOWN[DENIED] & part),
        )
    )
    return found.filter(tokens__gt=0) if part else found


def _number(which: Q) -> Coalesce:
    """How many items of a review; a sub-select, since results are too long to be grouped by."""
    mine = ReviewItem.objects.filter(which, review=OuterRef("pk")).order_by()
    counted = mine.annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def find(review_id: UUID, part: Q = _SHOWN[ALL]) -> Review | None:
    """One of them, with the same counts."""
    return reviews(part).filter(pk=review_id).first()


def waiting_for(account_id: UUID | None, reach: Reach = EVERYTHING) -> QuerySet[Review]:
    """Open reviews in which this account has something to decide in the companies of the reach,
    the most urgent first."""
    mine = _number(Q(part_of(account_id, reach), reviewer=account_id, decision=""))
    found = Review.objects.filter(closed_at__isnull=True).annotate(mine=mine)
    return found.filter(mine__gt=0).order_by("due_on", "pk")


def progress(review: Review, part: Q = _SHOWN[ALL]) -> list[Progress]:
    """Every reviewer of this part of a review, whoever has most to do first; one query."""
    rows = (
        ReviewItem.objects.filter(part, review=review)
        .values_list("reviewer_id", "reviewer__email", "reviewer__is_active")
        .annotate(
            tokens=Count("pk"),
            waiting=Count("pk", filter=_SHOWN[WAITING]),
            denied=Count("pk", filter=_SHOWN[DENIED]),
        )
        .order_by("-waiting", "reviewer__email")
    )
    return [Progress(*row) for row in rows]


def items(
    review: Review,
    *,
    reviewer: UUID | None,
    shown: str,
    part: Q = _SHOWN[ALL],
    after: int | None = None,
    before: int | None = None,
    size: int = SIZE,
) -> ItemPage:
    """One page of items of one reviewer (None: of all) in this part; two queries."""
    found = ReviewItem.objects.filter(_SHOWN[shown], part, review=review)
    if reviewer is not None:
        found = found.filter(reviewer=reviewer)
    total = found.count()
    backward = before is not None and after is None
    if backward:
        rows = list(_with(found.filter(place__lt=before)).order_by("-place")[: size + 1])
    else:
        rows = list(_with(found.filter(place__gt=after or 0)).order_by("place")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backward:
        rows.reverse()
    further = more or backward
    earlier = more if backward else after is not None
    return ItemPage(
        tuple(rows),
        total,
        after=rows[-1].place if rows and further else None,
        before=rows[0].place if rows and earlier else None,
    )


def _with(found: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
    return found.select_related("reviewer", "token")


def denied_tasks(reach: Reach = EVERYTHING) -> QuerySet[ReviewItem]:
    """Tokens that a closed review denied and that are still active: to be rotated or revoked.

    A later decision about the same token counts instead of an earlier one.
    """
    later = ReviewItem.objects.filter(
        token=OuterRef("token"), decided_at__gt=OuterRef("decided_at")
    ).exclude(decision="")
    return ReviewItem.objects.filter(
        ~Exists(later),
        inside(reach, "token__company"),
        decision=Answer.DENY.value,
        review__closed_at__isnull=False,
        token__state=State.ACTIVE.value,
    )


def is_late(review: Review, today: date) -> bool:
    """Whether its day has passed and it is still open."""
    return review.is_open and review.due_on < today
