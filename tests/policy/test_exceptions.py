from datetime import date, timedelta
from typing import Any

import pytest

from tests.policy.moments import NOW, ago, utc
from tests.policy.test_flags import GOOD
from tokens.policy.exceptions import (
    MAY_BE_EXCEPTED,
    Decision,
    Excepted,
    ExceptionFacts,
    Standing,
    ends_soon,
    for_every_reminder,
    heard_again_at,
    last_day_allowed,
    silences_reminder,
    standing,
)
from tokens.policy.flags import flags
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Flag, Health, Proof, State

TODAY = date(2026, 3, 10)
YESTERDAY, TOMORROW = date(2026, 3, 9), date(2026, 3, 11)
F, D, S = Flag, Decision, Standing
OVERDUE: dict[str, Any] = {"due_at": utc("2026-03-01")}


def test_facts_about_danger_may_not_be_excepted() -> None:
    assert set(Flag) - MAY_BE_EXCEPTED == {
        F.COMPROMISED,
        F.FAILING,
        F.UNRECORDED_REVOCATION,
        F.REVOCATION_CONTRADICTED,
        F.EXCEPTION_ENDED,
    }


@pytest.mark.parametrize(
    ("changes", "excepted", "expected"),
    [
        # in force through its last day, and a flag from the day after
        (OVERDUE, [(F.OVERDUE, TOMORROW)], []),
        (OVERDUE, [(F.OVERDUE, TODAY)], []),
        (OVERDUE, [(F.OVERDUE, YESTERDAY)], ["exception_ended", "overdue"]),
        # what it names and nothing else
        (OVERDUE, [(F.EXPIRING, TODAY)], ["overdue"]),
        ({**OVERDUE, "has_owner": False}, [(F.OVERDUE, TODAY)], ["ownerless"]),
        ({**OVERDUE, "has_owner": False}, [(F.OVERDUE, TODAY), (F.OWNERLESS, TODAY)], []),
        ({**OVERDUE, "compromised_at": ago(hours=1)}, [(F.OVERDUE, TODAY)], ["compromised"]),
        (
            {**OVERDUE, "health": Health.FAILING},
            [(F.OVERDUE, TODAY)],
            ["unrecorded_revocation"],
        ),
        # one of two has ended
        (
            {**OVERDUE, "has_owner": False},
            [(F.OVERDUE, YESTERDAY), (F.OWNERLESS, TODAY)],
            ["exception_ended", "overdue"],
        ),
        # what was excepted is resolved: nothing to say
        ({}, [(F.OVERDUE, YESTERDAY)], []),
        ({"has_owner": True}, [(F.OWNERLESS, YESTERDAY)], []),
        # not yet overdue, though it ended
        ({"due_at": utc("2026-03-10")}, [(F.OVERDUE, YESTERDAY)], ["expiring"]),
        # of what is revoked nothing is said
        (
            {**OVERDUE, "state": State.REVOKED, "proof": Proof.CONFIRMED},
            [(F.OVERDUE, YESTERDAY)],
            [],
        ),
        (
            {"state": State.REPLACED, "replaced_at": ago(days=8)},
            [(F.NOT_REVOKED, YESTERDAY)],
            ["exception_ended", "not_revoked"],
        ),
        ({"state": State.REPLACED, "replaced_at": ago(days=8)}, [(F.NOT_REVOKED, TODAY)], []),
    ],
)
def test_what_is_silenced_and_what_comes_back(
    changes: dict[str, Any], excepted: list[tuple[Flag, date]], expected: list[str]
) -> None:
    facts = GOOD._replace(**changes, excepted=tuple(excepted))
    assert list(flags(facts, DEFAULT, NOW)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ExceptionFacts(D.ASKED, TODAY), S.WAITING),
        (ExceptionFacts(D.ASKED, YESTERDAY), S.LAPSED),
        (ExceptionFacts(D.APPROVED, TODAY), S.IN_FORCE),
        (ExceptionFacts(D.APPROVED, YESTERDAY), S.OVER),
        (ExceptionFacts(D.APPROVED, TODAY, closed=True), S.CLOSED),
        (ExceptionFacts(D.APPROVED, YESTERDAY, closed=True), S.CLOSED),
        (ExceptionFacts(D.REFUSED, TOMORROW), S.REFUSED),
        (ExceptionFacts(D.WITHDRAWN, YESTERDAY), S.WITHDRAWN),
    ],
)
def test_where_it_stands(facts: ExceptionFacts, expected: Standing) -> None:
    assert standing(facts, TODAY) is expected


@pytest.mark.parametrize(
    ("days", "expected"), [(8, False), (7, True), (1, True), (0, True), (-1, False)]
)
def test_ends_soon(days: int, expected: bool) -> None:
    assert ends_soon(TODAY + timedelta(days=days), TODAY) is expected


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (TODAY, date(2027, 3, 10)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_year_ahead_at_most(today: date, last: date) -> None:
    assert last_day_allowed(today) == last


BOTH: Excepted = ((F.EXPIRING, TODAY), (F.OVERDUE, TODAY))


@pytest.mark.parametrize(
    ("excepted", "days_left", "expected"),
    [
        ((), -7, False),
        (((F.OVERDUE, TODAY),), -7, True),
        # the threshold of 0 was missed: the mail would speak of what is overdue
        (((F.OVERDUE, TODAY),), -3, True),
        (((F.EXPIRING, TODAY),), -3, False),
        (((F.OVERDUE, TODAY),), 0, False),
        (((F.EXPIRING, TODAY),), 0, True),
        (((F.EXPIRING, TODAY),), 30, True),
        (((F.EXPIRING, YESTERDAY),), 14, False),
        (((F.OVERDUE, YESTERDAY),), -14, False),
        (((F.OWNERLESS, TODAY),), -14, False),
        (BOTH, 1, True),
        (BOTH, -1, True),
    ],
)
def test_which_reminders_are_silenced(excepted: Excepted, days_left: int, expected: bool) -> None:
    assert silences_reminder(excepted, days_left=days_left, today=TODAY) is expected


@pytest.mark.parametrize(
    ("excepted", "days_left", "expected"),
    [
        (((F.OVERDUE, TOMORROW),), -7, "2026-03-12"),
        (((F.EXPIRING, TOMORROW),), 14, "2026-03-12"),
        # it becomes overdue before the exception for `expiring` ends, which says nothing of that
        (((F.EXPIRING, date(2026, 4, 1)),), 1, "2026-03-12"),
        (((F.EXPIRING, date(2026, 4, 1)), (F.OVERDUE, TODAY)), 0, "2026-03-11"),
    ],
)
def test_when_a_silenced_reminder_is_looked_at_again(
    excepted: Excepted, days_left: int, expected: str
) -> None:
    found = heard_again_at(excepted, days_left=days_left, today=TODAY)
    assert found == utc(f"{expected}T00:00")


def test_an_exception_for_another_kind_of_reminder() -> None:
    excepted = ((F.NOT_REVOKED, TODAY), (F.STALE, TODAY))
    silent = for_every_reminder(excepted, F.NOT_REVOKED)
    assert all(silences_reminder(silent, days_left=days, today=TODAY) for days in (0, -7))
    assert for_every_reminder(excepted, F.OVERDUE) == ()
