"""When a replaced token that is still in force is reminded of, as a table."""

from dataclasses import replace
from datetime import date

import pytest

from tests.policy.moments import utc
from tokens.policy.days import days_left
from tokens.policy.not_revoked import as_reminder, is_late, revoke_by
from tokens.policy.reminders import due_threshold, next_reminder, recipients_of
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State

RULES = Rules()
REPLACED_AT = utc("2026-03-02T15:30")


def due(at: str, done: int | None = None, state: State = State.REPLACED) -> int | None:
    now = utc(at)
    facts, rules = as_reminder(
        state=state, replaced_at=REPLACED_AT, owner="o@acme.example", rules=RULES, now=now
    )
    return due_threshold(replace(facts, done=done), rules, now)


@pytest.mark.parametrize(
    ("at", "done", "told"),
    [
        ("2026-03-02T16:00", None, None),
        ("2026-03-09T15:30", None, None),  # seven days to the minute: not longer than the overlap
        ("2026-03-09T15:31", None, 0),
        ("2026-03-09T23:59", 0, None),
        ("2026-03-10T07:00", None, 0),
        ("2026-03-15T23:59", 0, None),
        ("2026-03-16T07:00", 0, -7),  # weekly, fixed to the day, whatever the hour was
        ("2026-03-16T12:00", -7, None),
        ("2026-03-22T23:59", -7, None),
        ("2026-03-23T07:00", -7, -14),
        ("2026-04-20T07:00", 0, -42),  # of several reached at once only the tightest
        ("2026-04-20T07:00", None, -42),
    ],
)
def test_told_when_the_overlap_ends_and_weekly_from_then_on(
    at: str, done: int | None, told: int | None
) -> None:
    assert due(at, done) == told


@pytest.mark.parametrize("state", [State.ACTIVE, State.REVOKED])
def test_only_what_is_replaced(state: State) -> None:
    assert due("2026-04-20T07:00", state=state) is None
    assert not is_late(state, REPLACED_AT, RULES, utc("2026-04-20T07:00"))


def test_owner_and_administrators_from_the_first_time_on() -> None:
    now = utc("2026-03-09T16:00")
    for owner, told in (
        ("o@acme.example", ("o@acme.example", "a@acme.example", "b@acme.example")),
        (None, ("a@acme.example", "b@acme.example")),
        ("a@acme.example", ("a@acme.example", "b@acme.example")),
    ):
        facts, _ = as_reminder(
            state=State.REPLACED, replaced_at=REPLACED_AT, owner=owner, rules=RULES, now=now
        )
        assert recipients_of(facts, ["a@acme.example", "b@acme.example"], now) == told


@pytest.mark.parametrize(("days", "end"), [(0, "2026-03-02T15:30"), (30, "2026-04-01T15:30")])
def test_the_policy_says_how_long(days: int, end: str) -> None:
    rules = Rules(overlap_days=days)
    assert revoke_by(REPLACED_AT, rules) == utc(end)
    assert not is_late(State.REPLACED, REPLACED_AT, rules, utc(end))
    assert is_late(State.REPLACED, REPLACED_AT, rules, utc(end).replace(second=1))


def test_the_one_to_come() -> None:
    now = utc("2026-03-11T12:00")
    facts, rules = as_reminder(
        state=State.REPLACED, replaced_at=REPLACED_AT, owner=None, rules=RULES, now=now
    )
    assert days_left(facts.due_at, now) == -2
    told = next_reminder(due_at=facts.due_at, done=0, rules=rules, now=now)
    assert told == (-7, date(2026, 3, 16))
