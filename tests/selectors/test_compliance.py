"""Counting the share: the database's answer is that of the pure rule, company by company."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from tests.models.test_flag_queries import cases, store
from tests.selectors import build
from tests.selectors.build import NOW, Facts
from tokens.models import Company, Snapshot, Token
from tokens.policy.compliance import Tally
from tokens.policy.flags import within_policy
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import State
from tokens.selectors.compliance import history, records, tallies, tally_now
from tokens.selectors.facts import Row, rows

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def by_rule(row: Row, rules: Rules, now: datetime) -> Tally:
    """What one token is, by the pure rule alone."""
    if row.state != State.ACTIVE.value:
        return Tally()
    keeps = within_policy(row.facts, rules, now)
    if keeps is not None:
        return Tally(within=int(keeps), out_of_policy=int(not keeps))
    if not row.held:
        return Tally(not_held=1)
    return Tally(unknown_age=1) if row.issued_at is None else Tally(excepted=1)


@given(case=cases())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_query_counts_what_the_rule_says(
    case: tuple[datetime, Rules, list[tuple[Facts, bool]]],
) -> None:
    now, rules, made = case
    with transaction.atomic():
        store(made, now)
        expected: dict[object, Tally] = {}
        for row in rows(Token.objects.all(), rules, now):
            tally = by_rule(row, rules, now)
            if tally.active:
                expected[row.company_id] = expected.get(row.company_id, Tally()) + tally
        assert tallies(rules, now) == expected
        assert tally_now(rules, now) == sum(expected.values(), Tally())
        transaction.set_rollback(True)


def test_one_query_however_many_companies() -> None:
    for number in range(5):
        build.token(company=f"Company {number}", label=str(number))
    with CaptureQueriesContext(connection) as caught:
        assert len(tallies(DEFAULT, NOW)) == 5
    assert len(caught) == 1


def write(day: date, company: Company | None, **numbers: int) -> None:
    parts = {"within": 0, "out_of_policy": 0, "unknown_age": 0, "not_held": 0, **numbers}
    Snapshot.objects.create(
        day=day, company=company, active=sum(parts.values()), taken_at=NOW, **parts
    )


def test_a_missed_day_is_a_gap_and_an_empty_company_is_none() -> None:
    acme = build.company()
    write(TODAY - timedelta(days=3), None, within=4)
    write(TODAY, None, within=3, out_of_policy=1)
    write(TODAY, acme, within=2)
    assert [each.tally for each in history(None, TODAY - timedelta(days=4), TODAY)] == [
        None, Tally(within=4), None, None, Tally(within=3, out_of_policy=1),
    ]  # fmt: skip
    assert [each.tally for each in history(acme.pk, TODAY - timedelta(days=3), TODAY)] == [
        Tally(), None, None, Tally(within=2),
    ]  # fmt: skip


def test_records_are_rows_as_written_and_of_one_company_where_asked() -> None:
    acme, other = build.company(), build.company("Brink AG")
    for company in (None, acme, other):
        write(TODAY, company, not_held=1)
    found = list(records(None, TODAY, TODAY))
    assert sorted(each.company for each in found) == ["", "Acme GmbH", "Brink AG"]
    assert [each.company for each in records(acme.pk, TODAY, TODAY)] == ["Acme GmbH"]
    assert list(records(None, TODAY - timedelta(days=9), TODAY - timedelta(days=1))) == []
