"""Denied in a closed review: a task until the token is rotated or revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import actor_of, make_account, make_token
from tests.selectors.build import NOW
from tokens.models import Account, Review, ReviewItem, Token
from tokens.policy.settings import DEFAULT
from tokens.policy.todo import Kind
from tokens.policy.vocabulary import State
from tokens.selectors.todo import todo
from tokens.services.reviews.close import close_review
from tokens.services.reviews.decide import decide
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db


def review(ada: Account, answer: str, days: int) -> Review:
    at = NOW + timedelta(days=days)
    asked = Asked("Autumn", (at + timedelta(days=9)).date(), ada)
    made = start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=at)
    items = list(ReviewItem.objects.filter(review=made).values_list("pk", flat=True))
    decide(review=made, items=items, decision=answer, reason="unknown", account=ada,
           actor=actor_of(ada), now=at)  # fmt: skip
    return made


def denied() -> list[str]:
    return [task.todo for task in todo(DEFAULT, NOW).tasks if task.kind is Kind.DENIED]


def close(made: Review, ada: Account, days: int) -> None:
    close_review(review=made, actor=actor_of(ada), now=NOW + timedelta(days=days))


def test_from_the_closing_until_it_is_done() -> None:
    ada = make_account()
    token = make_token(now=NOW, issued_at=NOW)
    made = review(ada, "deny", 0)
    assert denied() == []
    close(made, ada, 0)
    assert denied() == ["Rotate or revoke it: “unknown”."]
    found = todo(DEFAULT, NOW)
    assert found.by_kind[Kind.DENIED] == 1
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED.value)
    assert denied() == []


def test_a_later_decision_counts_instead() -> None:
    ada = make_account()
    make_token(now=NOW, issued_at=NOW)
    close(review(ada, "deny", 0), ada, 0)
    later = review(ada, "confirm", 1)
    assert denied() == []
    close(later, ada, 1)
    assert denied() == []
