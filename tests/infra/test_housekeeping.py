"""What is let go hourly, and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog

from tests.factories import make_token
from tokens.models import BrowserSession, Check, Sighting, Usage
from tokens.policy.vocabulary import Outcome
from tokens.services import housekeeping

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _check(secret: Any, days: int) -> None:
    at = NOW - timedelta(days=days)
    Check.objects.create(secret=secret, outcome=Outcome.VALID.value, first_at=at, last_at=at)


@pytest.mark.django_db
def test_old_rows_go_and_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    secret = make_token().secret
    for days in (401, 402, 403, 399, 0):
        _check(secret, days)
    BrowserSession.objects.create(session_key="a" * 32, expire_date=NOW - timedelta(seconds=1))
    BrowserSession.objects.create(session_key="b" * 32, expire_date=NOW + timedelta(seconds=1))
    for model in (AccessLog, AccessFailureLog):
        for days in (91, 89):
            model.objects.create(username="a@example.com", ip_address="192.0.2.1")
            newest = model.objects.latest("id")
            model.objects.filter(id=newest.id).update(attempt_time=NOW - timedelta(days=days))
    done = housekeeping.tidy(now=NOW)
    assert done == housekeeping.Tidied(checks=3, sessions=1, sign_ins=2)
    assert Check.objects.count() == 2
    assert BrowserSession.objects.get().session_key == "b" * 32
    assert housekeeping.tidy(now=NOW) == housekeeping.Tidied(0, 0, 0)


@pytest.mark.django_db
def test_who_used_a_token_goes_after_its_time_and_the_use_itself_stays() -> None:
    usage = Usage.objects.create(secret=make_token().secret, source="report", last_seen_at=NOW)
    for days in (401, 399):
        at = NOW - timedelta(days=days)
        address = f"192.0.2.{days - 300}"
        Sighting.objects.create(usage=usage, address=address, first_seen_at=at, last_seen_at=at)
    assert housekeeping.tidy(now=NOW).sightings == 1
    assert Sighting.objects.get().address == "192.0.2.99"
    assert Usage.objects.count() == 1
