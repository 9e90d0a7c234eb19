"""One count a day: fixed once written, gaps stay gaps."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from tests.selectors import build
from tests.selectors.build import NOW
from tokens.models import AuditEvent, Snapshot, Token
from tokens.policy.compliance import Tally
from tokens.policy.vocabulary import State
from tokens.services.take_snapshot import take_snapshot

pytestmark = pytest.mark.django_db


def test_a_day_is_counted_once_and_stays_as_it_was() -> None:
    build.token(label="a")
    build.token(label="b", issued_at=None, company="Brink AG")
    first = take_snapshot(now=NOW)
    assert (first.taken, first.companies) == (True, 2)
    assert first.tally == Tally(within=1, unknown_age=1)
    Token.objects.update(state=State.REVOKED.value)
    again = take_snapshot(now=NOW + timedelta(hours=9))
    assert (again.taken, again.tally, again.companies) == (False, first.tally, 2)
    assert Snapshot.objects.count() == 3
    tomorrow = take_snapshot(now=NOW + timedelta(days=1))
    assert (tomorrow.taken, tomorrow.tally, tomorrow.companies) == (True, Tally(), 0)


def test_a_missed_day_is_not_made_up() -> None:
    take_snapshot(now=NOW)
    take_snapshot(now=NOW + timedelta(days=3))
    days = Snapshot.objects.values_list("day", flat=True)
    assert sorted(days) == [date(2026, 11, 24), date(2026, 11, 27)]


def test_the_trail_keeps_the_sum() -> None:
    build.token()
    take_snapshot(now=NOW)
    take_snapshot(now=NOW)
    entry = AuditEvent.objects.get(kind="compliance.counted")
    assert json.loads(entry.data) == {
        "companies": 1, "active": 1, "counted": 1, "within": 1,
        "unknown_age": 0, "not_held": 0, "excepted": 0,
    }  # fmt: skip


def test_the_database_refuses_numbers_that_do_not_add_up() -> None:
    with pytest.raises(IntegrityError):
        Snapshot.objects.create(
            day=NOW.date(), active=3, within=1, out_of_policy=1, unknown_age=0, not_held=0,
            taken_at=NOW,
        )  # fmt: skip
