"""What the worker does for auditors every few minutes, and that twice is the same as once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.factories import actor_of, make_account, make_token
from tokens.models import Mail, Review, Snapshot
from tokens.services.reviews.close import close_review
from tokens.services.reviews.start import Asked, start_review
from tokens.tasks import evidence

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def start(name: str) -> Review:
    ada = make_account()
    asked = Asked(name=name, due_on=(MORNING + timedelta(days=9)).date(), reviewer=ada)
    return start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=MORNING)


def test_counted_reminded_and_signed(settings: Any) -> None:
    make_token(now=MORNING, issued_at=MORNING)
    start("running")
    done = start("done")
    close_review(review=done, actor=actor_of(done.asked_by), now=MORNING)
    for minutes in (0, 5):
        with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
            evidence()
    assert Snapshot.objects.filter(company__isnull=True).get().within == 1
    assert Mail.objects.filter(kind="review").count() == 1
    done.refresh_from_db()
    assert done.signed_at == MORNING


def test_at_night_nobody_is_mailed_but_the_day_is_counted() -> None:
    make_token(now=MORNING, issued_at=MORNING)
    start("running")
    with time_machine.travel(MORNING.replace(hour=0, minute=2), tick=False):
        evidence()
    assert Snapshot.objects.filter(company__isnull=True).count() == 1
    assert not Mail.objects.exists()
