from dataclasses import replace
from datetime import timedelta

import pytest

from tests.policy.moments import NOW, ago
from tokens.policy.health import HealthChange, HealthFacts, after
from tokens.policy.vocabulary import Health, Outcome

LATENCY = timedelta(seconds=2)
INCONCLUSIVE = [
    Outcome.THROTTLED,
    Outcome.UNREACHABLE,
    Outcome.UNUSABLE,
    Outcome.UNREADABLE,
]


def answer(
    facts: HealthFacts, outcome: Outcome, seconds: float, *, confirm: int = 300, held: bool = False
) -> HealthChange:
    """One probe begun `seconds` after NOW, answered two seconds later."""
    begun = NOW + timedelta(seconds=seconds)
    return after(
        facts,
        outcome=outcome,
        begun_at=begun,
        at=begun + LATENCY,
        confirm_seconds=confirm,
        held=held,
    )


GOOD = HealthFacts(Health.VALID, last_conclusive_at=ago(hours=1), last_accepted_at=ago(hours=1))
FAILING = HealthFacts(
    Health.FAILING,
    last_conclusive_at=ago(hours=1),
    last_accepted_at=ago(days=2),
    refused_since=ago(hours=3),
)
SUSPECT = replace(GOOD, suspect_since=NOW)
UNCHECKED = HealthFacts()


@pytest.mark.parametrize("facts", [UNCHECKED, GOOD, SUSPECT, FAILING])
@pytest.mark.parametrize(
    ("outcome", "health"),
    [(Outcome.VALID, Health.VALID), (Outcome.FORBIDDEN, Health.INSUFFICIENT)],
)
@pytest.mark.parametrize("held", [False, True])
def test_acceptance_settles_everything(
    facts: HealthFacts, outcome: Outcome, health: Health, held: bool
) -> None:
    change = answer(facts, outcome, 10, held=held)
    at = NOW + timedelta(seconds=12)
    assert change.facts == HealthFacts(health, last_conclusive_at=at, last_accepted_at=at)
    assert change.conclusive
    assert not change.newly_failing
    assert change.recovered is (facts.health is Health.FAILING)
    assert change.suspicion == "none"


@pytest.mark.parametrize("facts", [UNCHECKED, GOOD, SUSPECT, FAILING])
@pytest.mark.parametrize("outcome", INCONCLUSIVE)
def test_what_cannot_tell_changes_nothing(facts: HealthFacts, outcome: Outcome) -> None:
    change = answer(facts, outcome, 900)
    assert change.facts == facts
    assert not (change.conclusive)
    assert not (change.newly_failing)
    assert not (change.recovered)
    assert change.suspicion == ("kept" if facts is SUSPECT else "none")


@pytest.mark.parametrize("facts", [UNCHECKED, GOOD, SUSPECT, FAILING])
def test_a_held_401_changes_nothing(facts: HealthFacts) -> None:
    change = answer(facts, Outcome.UNAUTHORIZED, 900, held=True)
    assert change.facts == facts
    assert not (change.conclusive)
    assert not (change.newly_failing)
    assert not (change.recovered)


@pytest.mark.parametrize("facts", [UNCHECKED, GOOD])
def test_the_first_401_only_suspects(facts: HealthFacts) -> None:
    change = answer(facts, Outcome.UNAUTHORIZED, 0)
    assert change.facts == replace(facts, suspect_since=NOW + LATENCY)
    assert (change.suspicion, change.conclusive) == ("begun", False)


@pytest.mark.parametrize(
    ("seconds", "confirm", "suspicion"),
    [
        (299.9, 300, "kept"),
        (300, 300, "confirmed"),
        (3600, 300, "confirmed"),
        (0, 0, "confirmed"),  # 0: the next one
        (0.1, 1, "kept"),
    ],
)
def test_the_second_401_counts_when_far_enough(
    seconds: float, confirm: int, suspicion: str
) -> None:
    change = answer(SUSPECT, Outcome.UNAUTHORIZED, seconds, confirm=confirm)
    assert change.suspicion == suspicion
    if suspicion == "kept":
        assert change.facts == SUSPECT
        assert not change.conclusive
        return
    assert change.conclusive
    assert change.newly_failing
    assert change.facts == HealthFacts(
        Health.FAILING,
        last_conclusive_at=NOW + timedelta(seconds=seconds) + LATENCY,
        last_accepted_at=GOOD.last_accepted_at,
        refused_since=NOW,
    )


def test_spacing_is_from_receiving_to_asking() -> None:
    """Two slow 401s that overlap in time are one event, however late the second arrives."""
    slow = after(
        SUSPECT,
        outcome=Outcome.UNAUTHORIZED,
        begun_at=NOW - timedelta(seconds=1),
        at=NOW + timedelta(seconds=301),
        confirm_seconds=300,
        held=False,
    )
    assert slow.suspicion == "kept"


def test_a_further_401_is_conclusive_and_keeps_since() -> None:
    change = answer(FAILING, Outcome.UNAUTHORIZED, 0)
    assert change.facts == replace(FAILING, last_conclusive_at=NOW + LATENCY)
    assert change.conclusive
    assert not change.newly_failing


@pytest.mark.parametrize("between", INCONCLUSIVE)
def test_inconclusive_answers_do_not_break_a_suspicion(between: Outcome) -> None:
    first = answer(GOOD, Outcome.UNAUTHORIZED, 0)
    middle = answer(first.facts, between, 150)
    assert answer(middle.facts, Outcome.UNAUTHORIZED, 400).newly_failing


@pytest.mark.parametrize("between", [Outcome.VALID, Outcome.FORBIDDEN])
def test_an_acceptance_between_begins_anew(between: Outcome) -> None:
    first = answer(GOOD, Outcome.UNAUTHORIZED, 0)
    middle = answer(first.facts, between, 150)
    assert answer(middle.facts, Outcome.UNAUTHORIZED, 400).suspicion == "begun"


def test_a_clock_that_stepped_back_begins_anew_and_does_not_block() -> None:
    ahead_by_days = replace(GOOD, suspect_since=NOW + timedelta(days=100))
    again = answer(ahead_by_days, Outcome.UNAUTHORIZED, 0)
    assert again.suspicion == "begun"
    assert answer(again.facts, Outcome.UNAUTHORIZED, 400).newly_failing
