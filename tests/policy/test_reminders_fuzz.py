"""What holds of reminders whatever the days: the tightest alone, ever tighter, never twice."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.moments import NOW
from tokens.policy import api_keys
from tokens.policy.reminders import ReminderFacts, due_threshold, next_reminder, reached
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State

REPEATABLE = settings(derandomize=True, database=None, deadline=None, max_examples=200)
RULES = st.lists(st.integers(0, 90), max_size=6, unique=True).map(
    lambda days: Rules(thresholds=tuple(days))
)
DAYS = st.integers(-400, 400)
HOURS = st.lists(st.integers(0, 24 * 120), min_size=1, max_size=40)


@REPEATABLE
@given(DAYS, RULES)
def test_no_wider_threshold_hides_a_tighter_one(left: int, rules: Rules) -> None:
    found = reached(left, rules)
    every = {*rules.thresholds, *range(-7, -500, -7)}
    assert found == min((each for each in every if each >= left), default=None)
    after = reached(left - 1, rules)
    assert found is None or (after is not None and after <= found)


@REPEATABLE
@given(DAYS, RULES, st.none() | st.integers(-400, 90), st.sampled_from(State))
def test_what_is_due_is_tighter_than_what_is_done(
    left: int, rules: Rules, done: int | None, state: State
) -> None:
    due_at = NOW + timedelta(days=left)
    found = due_threshold(ReminderFacts(state, due_at, done), rules, NOW)
    if found is None:
        return
    assert state is State.ACTIVE
    assert done is None or found < done
    again = due_threshold(ReminderFacts(state, due_at, found), rules, NOW)
    assert again is None
    assert next_reminder(due_at=due_at, done=done, rules=rules, now=NOW)[0] == found


@REPEATABLE
@given(HOURS, RULES, st.integers(0, 60), st.data())
def test_edits_and_late_runs_never_send_one_twice(
    hours: list[int], rules: Rules, start: int, data: st.DataObject
) -> None:
    """Runs at any hour, some of them a second time in the same minute, thresholds changed on the
    way: for one due day the sent ones only become tighter."""
    due_at = NOW + timedelta(days=start)
    sent: list[int] = []
    for hour in sorted(hours):
        rules = data.draw(st.sampled_from([rules, Rules(thresholds=(30, 3)), Rules(thresholds=())]))
        for _ in range(2):
            done = min(sent, default=None)
            facts = ReminderFacts(State.ACTIVE, due_at, done)
            found = due_threshold(facts, rules, NOW + timedelta(hours=hour))
            sent += [found] if found is not None else []
    assert sent == sorted(set(sent), reverse=True)


@REPEATABLE
@given(HOURS, st.integers(1, api_keys.LONGEST_DAYS))
def test_the_end_of_a_key_is_told_once_per_threshold(hours: list[int], days: int) -> None:
    sent: list[int] = []
    for hour in sorted(hours):
        found = api_keys.due_threshold(
            expires_at=NOW + timedelta(days=days), revoked_at=None,
            done=min(sent, default=None), now=NOW + timedelta(hours=hour),
        )  # fmt: skip
        sent += [found] if found is not None else []
    assert sent == sorted(set(sent), reverse=True)
    assert set(sent) <= set(api_keys.THRESHOLDS)
