"""Closing an access review: what was decided is frozen, hashed, and noted in the audit trail."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, Trail, audited, system
from tokens.errors import WrongState
from tokens.models import Review, ReviewItem
from tokens.policy.reviews import Answer
from tokens.selectors.records import moment

#: The form of the result; a later one gets another number.
FORM = 1
ACTOR = system("reviews")


def close_review(*, review: Review, actor: Actor, now: datetime) -> Review:
    """Freeze the result, decided or not: what nobody decided stands in it as undecided.

    The worker signs it afterwards. Raises WrongState where it is closed already.
    """
    with audited(actor=actor, now=now) as trail:
        review = Review.objects.select_for_update().select_related("asked_by").get(pk=review.pk)
        if not review.is_open:
            raise WrongState("This review is closed already.")
        review.closed_at, review.closed_by = now, actor.name
        found = _items(review)
        items = [_item(each) for each in found]
        review.result = canonical(_document(review, items))
        review.digest = digest_of(review.result)
        review.save(update_fields=["closed_at", "closed_by", "result", "digest"])
        counts = Counter(each["decision"] for each in items)
        trail.add(
            Event.REVIEW_CLOSED,
            review,
            digest=review.digest,
            tokens=len(items),
            confirmed=counts[Answer.CONFIRM.value],
            denied=counts[Answer.DENY.value],
            undecided=counts["undecided"],
        )
        with audited(actor=ACTOR, now=now) as told:
            for each in found:
                _tell(told, each, review)
    return review


def _tell(trail: Trail, item: ReviewItem, review: Review) -> None:
    """The story of a token says what a review said of it."""
    if item.decision:
        confirmed = item.decision == Answer.CONFIRM.value
        trail.add(
            Event.TOKEN_REVIEW_CONFIRMED if confirmed else Event.TOKEN_REVIEW_DENIED,
            item.token,
            review=review.name,
            reviewer=item.decided_by,
            reason=item.reason,
        )


def canonical(document: dict[str, Any]) -> str:
    """JSON with sorted names, ASCII only, without spaces: the same facts are the same bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(result: str) -> str:
    """SHA-256 of a result, in hexadecimal."""
    return hashlib.sha256(result.encode("utf-8", "surrogatepass")).hexdigest()


def _items(review: Review) -> list[ReviewItem]:
    related = ("reviewer", "token__company", "token__integration")
    return list(ReviewItem.objects.filter(review=review).select_related(*related).order_by("place"))


def _document(review: Review, items: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(each["decision"] for each in items)
    return {
        "form": FORM,
        "kind": "access review of tokens",
        "id": str(review.pk),
        "name": review.name,
        "asked_by": review.asked_by.email,
        "created_at": moment(review.created_at),
        "due_on": review.due_on.isoformat(),
        "closed_at": moment(review.closed_at),
        "closed_by": review.closed_by,
        "chosen_by": [f"{name}={value}" for name, value in review.chosen],
        "counts": {
            "tokens": len(items),
            "confirmed": counts[Answer.CONFIRM.value],
            "denied": counts[Answer.DENY.value],
            "undecided": counts["undecided"],
        },
        "items": items,
    }


def _item(item: ReviewItem) -> dict[str, Any]:
    return {
        "token": str(item.token_id),
        "facts": item.facts,
        "reviewer": item.reviewer.email,
        "decision": item.decision or "undecided",
        "reason": item.reason,
        "decided_at": moment(item.decided_at),
        "decided_by": item.decided_by,
    }
