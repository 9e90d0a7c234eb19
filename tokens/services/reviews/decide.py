"""A reviewer confirms or denies tokens; an administrator takes over what somebody leaves undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, NotAllowed, WrongState
from tokens.models import Account, Review, ReviewItem
from tokens.models.evidence import REASON_LENGTH
from tokens.policy.fields import Invalid, clean_text
from tokens.policy.reviews import Answer, may_decide, needs_reason
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.reviews import part_of
from tokens.services.chunks import chunks


def decide(
    *,
    review: Review,
    items: Collection[UUID],
    decision: str,
    reason: str,
    account: Account,
    actor: Actor,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> int:
    """Say the same of all these items, for the first time or anew; returns how many.

    Raises InvalidInput (`decision`, `reason`, `items`), NotAllowed where one of them is another
    reviewer's, WrongState once the review is closed. All of them or none. Where `reach`, in which
    the account may decide, is not whole, what is another's or outside of it is not in the review.
    """
    answer, reason = _checked(decision, reason)
    if not items:
        raise InvalidInput("choose at least one token", field="items")
    with audited(actor=actor, now=now) as trail:
        _open(review)
        found = _items(review, items, part_of(account.pk, reach))
        if len(found) != len(set(items)):
            raise InvalidInput("name a token that is not in this review", field="items")
        if not all(may_decide(account=account.pk, reviewer=each.reviewer_id) for each in found):
            raise NotAllowed("Another reviewer decides about this. Take it over first.")
        for portion in chunks([each.pk for each in found]):
            ReviewItem.objects.filter(pk__in=portion).update(
                decision=answer.value, reason=reason, decided_at=now, decided_by=account.email
            )
        trail.add(
            Event.REVIEW_DECIDED,
            review,
            decision=answer.value,
            reason=reason,
            tokens=[each.token_id for each in found],
            count=len(found),
        )
    return len(found)


def take_over(
    *, review: Review, reviewer: Account, by: Account, actor: Actor, now: datetime
) -> int:
    """What `reviewer` has not decided is `by`'s from here on; returns how many tokens that is.

    Whether `by` may is asked by the caller. Raises WrongState where nothing is left to take over.
    """
    with audited(actor=actor, now=now) as trail:
        _open(review)
        left = ReviewItem.objects.filter(review=review, reviewer=reviewer, decision="")
        moved = 0 if reviewer == by else left.update(reviewer=by)
        if not moved:
            raise WrongState("There is nothing to take over.")
        trail.add(Event.REVIEW_TAKEN_OVER, review, old=reviewer.email, new=by.email, count=moved)
    return moved


def _open(review: Review) -> None:
    """Lock the review, so that nobody closes it meanwhile."""
    locked = Review.objects.select_for_update().get(pk=review.pk)
    if not locked.is_open:
        raise WrongState("This review is closed; its result stays as it is.")


def _items(review: Review, ids: Collection[UUID], part: Q) -> list[ReviewItem]:
    found: list[ReviewItem] = []
    for portion in chunks(list(set(ids))):
        mine = ReviewItem.objects.filter(part, review=review, pk__in=portion)
        found += mine.only("pk", "token_id", "reviewer_id")
    return found


def _checked(decision: str, reason: str) -> tuple[Answer, str]:
    if decision not in {each.value for each in Answer}:
        raise InvalidInput("must be confirm or deny", field="decision")
    answer = Answer(decision)
    try:
        reason = clean_text(reason, "reason", REASON_LENGTH, required=needs_reason(answer))
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    return answer, reason
