"""Evidence in the demo: the share of each day of its past, one closed review and one running."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_account, make_token
from tokens.audit import verify
from tokens.models import Review, ReviewItem
from tokens.policy.vocabulary import Role
from tokens.selectors.reviews import denied_tasks
from tokens.services.reviews.sign import check_result
from tokens.services.seed_demo.counting import countings
from tokens.services.seed_demo.plan import make_plan
from tokens.services.seed_demo.reviews import demo_reviews
from tokens.services.seed_demo.seed import mint

NOW = datetime(2026, 11, 24, 9, 5, 17, tzinfo=UTC)


def test_every_day_of_its_past_is_counted_once() -> None:
    moments = list(countings(make_plan(count=60, seed=20, now=NOW, mint=mint)))
    assert len(moments) >= 90
    assert {second - first for first, second in itertools.pairwise(moments)} == {timedelta(days=1)}
    assert moments[-1].date() == NOW.date()


@pytest.mark.django_db
def test_one_review_is_closed_and_signed_the_other_runs() -> None:
    for scope in ("admin", "admin", "write", "write", "write", "read"):
        make_token(now=NOW - timedelta(days=60), issued_at=NOW - timedelta(days=60), scope=scope)
    administrator = make_account(role=Role.ADMINISTRATOR)
    assert demo_reviews(administrator=administrator, now=NOW)
    assert not demo_reviews(administrator=administrator, now=NOW)
    running, closed = Review.objects.order_by("-created_at")
    assert check_result(closed).ok
    assert running.is_open
    assert ReviewItem.objects.filter(review=running, decision="").count() == 1
    assert ReviewItem.objects.filter(review=closed, decision="").count() == 0
    assert denied_tasks().count() == 1
    assert verify().ok


@pytest.mark.django_db
def test_without_tokens_there_is_nothing_to_review() -> None:
    assert not demo_reviews(administrator=make_account(), now=NOW)
    assert not Review.objects.exists()
