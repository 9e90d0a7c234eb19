"""Two access reviews of the sample instance: one that is closed and signed, one that is running.

They need accounts, so they are made once somebody can sign in, with moments of the past. The
reviewer is an auditor of the sample company who cannot sign in without a password link.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tokens.audit import account as actor_of
from tokens.models import Account, Review, ReviewItem, Token
from tokens.policy.days import utc_day
from tokens.policy.reviews import Answer
from tokens.policy.vocabulary import Role, Scope, State
from tokens.selectors.filters import Filters
from tokens.services.accounts import add_account
from tokens.services.reviews.close import close_review
from tokens.services.reviews.decide import decide
from tokens.services.reviews.sign import sign_reviews
from tokens.services.reviews.start import Asked, start_review
from tokens.services.seed_demo.names import DOMAIN

REVIEWER = f"auditor@{DOMAIN}"
CLOSED = "Quarterly review: tokens that administer"
RUNNING = "Quarterly review: tokens that write"
DENIED = "Nobody could say what this is still for."


def demo_reviews(*, administrator: Account, now: datetime) -> bool:
    """Make both, once; False where there are reviews already or nothing to review."""
    if Review.objects.exists():
        return False
    begun = now - timedelta(days=40)
    auditor = _auditor(administrator, begun)
    closed = _start(CLOSED, Scope.ADMIN, auditor, administrator, begun, days=14)
    running = _start(
        RUNNING, Scope.WRITE, administrator, administrator, now - timedelta(days=9), days=14
    )
    if closed is not None:
        _finish(closed, auditor, administrator, begun + timedelta(days=8))
    if running is not None:
        half = _ids(running)[::2]
        _decide(running, half, Answer.CONFIRM, "", administrator, now - timedelta(days=2))
    sign_reviews(now=now)
    return closed is not None or running is not None


def _auditor(administrator: Account, now: datetime) -> Account:
    known = Account.objects.filter(email=REVIEWER).first()
    if known is not None:
        return known
    actor = actor_of(administrator)
    return add_account(email=REVIEWER, role=Role.AUDITOR, actor=actor, now=now)


def _start(
    name: str, scope: Scope, reviewer: Account, by: Account, now: datetime, days: int
) -> Review | None:
    if not Token.objects.filter(scope=scope.value, state=State.ACTIVE.value).exists():
        return None
    filters = Filters(scope=(scope.value,), state=(State.ACTIVE.value,))
    asked = Asked(name, utc_day(now) + timedelta(days=days), reviewer, filters=filters)
    return start_review(asked=asked, asked_by=by, actor=actor_of(by), now=now)


def _finish(review: Review, auditor: Account, administrator: Account, now: datetime) -> None:
    first, *others = _ids(review)
    _decide(review, others, Answer.CONFIRM, "Known and needed as it is.", auditor, now)
    _decide(review, [first], Answer.DENY, DENIED, auditor, now)
    close_review(review=review, actor=actor_of(administrator), now=now + timedelta(days=1))


def _ids(review: Review) -> list[UUID]:
    found = ReviewItem.objects.filter(review=review).order_by("place")
    return list(found.values_list("pk", flat=True))


def _decide(
    review: Review, items: list[UUID], answer: Answer, reason: str, by: Account, now: datetime
) -> None:
    if items:
        decide(
            review=review,
            items=items,
            decision=answer.value,
            reason=reason,
            account=by,
            actor=actor_of(by),
            now=now,
        )
