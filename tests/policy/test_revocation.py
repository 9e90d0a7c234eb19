from dataclasses import replace
from datetime import timedelta

import pytest

from tests.policy.moments import NOW
from tokens.policy.revocation import (
    NEVER_WORKED_HERE,
    NOT_HELD,
    ProofChange,
    ProofFacts,
    after,
    initial,
)
from tokens.policy.vocabulary import Outcome, Proof

U = Outcome.UNAUTHORIZED
ACCEPTING = [Outcome.VALID, Outcome.FORBIDDEN]
SILENT = [Outcome.THROTTLED, Outcome.UNREACHABLE, Outcome.UNUSABLE, Outcome.UNREADABLE]
CLAIMED = initial(recorded_at=NOW, accepted_before=True, held_value=True)
REFUSED_ONCE = replace(CLAIMED, first_refused_at=NOW + timedelta(seconds=1))
CONFIRMED = replace(REFUSED_ONCE, proof=Proof.CONFIRMED, confirmed_at=NOW + timedelta(seconds=400))
CONTRADICTED = replace(
    CLAIMED, proof=Proof.CONTRADICTED, contradicted_at=NOW + timedelta(seconds=50)
)


def answer(
    facts: ProofFacts, outcome: Outcome, seconds: float, *, held: bool = False, confirm: int = 300
) -> ProofChange:
    begun = NOW + timedelta(seconds=seconds)
    return after(
        facts,
        outcome=outcome,
        begun_at=begun,
        at=begun + timedelta(seconds=1),
        confirm_seconds=confirm,
        held=held,
    )


def test_at_recording_it_is_claimed() -> None:
    assert ProofFacts(Proof.CLAIMED, "", NOW, accepted_before=True) == CLAIMED
    gone = initial(recorded_at=NOW, accepted_before=False, held_value=False)
    assert (gone.proof, gone.reason) == (Proof.CLAIMED, NOT_HELD)
    assert answer(gone, U, 10).facts == gone


@pytest.mark.parametrize("facts", [CLAIMED, REFUSED_ONCE, CONFIRMED, CONTRADICTED])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_probes_begun_before_recording_do_not_count(facts: ProofFacts, outcome: Outcome) -> None:
    assert answer(facts, outcome, -0.001) == ProofChange(facts)


@pytest.mark.parametrize("facts", [CLAIMED, REFUSED_ONCE, CONFIRMED, CONTRADICTED])
@pytest.mark.parametrize("outcome", SILENT)
def test_what_cannot_tell_changes_nothing(facts: ProofFacts, outcome: Outcome) -> None:
    assert answer(facts, outcome, 10**6) == ProofChange(facts)


@pytest.mark.parametrize("facts", [CLAIMED, REFUSED_ONCE, CONFIRMED, CONTRADICTED])
def test_an_incident_confirms_and_destroys_nothing(facts: ProofFacts) -> None:
    assert answer(facts, U, 10**6, held=True) == ProofChange(facts)


def test_two_401s_confirm_what_worked_before() -> None:
    first = answer(CLAIMED, U, 0)
    assert first == ProofChange(REFUSED_ONCE)
    assert answer(first.facts, U, 300.9) == ProofChange(REFUSED_ONCE)
    second = answer(first.facts, U, 301)
    assert second.newly_confirmed
    assert not second.destroy
    assert second.facts.proof is Proof.CONFIRMED
    assert second.facts.confirmed_at == NOW + timedelta(seconds=302)
    assert second.facts.first_refused_at == first.facts.first_refused_at


def test_with_no_spacing_the_next_one_confirms() -> None:
    first = answer(CLAIMED, U, 0, confirm=0)
    assert answer(first.facts, U, 1, confirm=0).newly_confirmed


def test_what_never_worked_here_stays_claimed_for_good() -> None:
    facts = initial(recorded_at=NOW, accepted_before=False, held_value=True)
    for seconds in (0, 400, 10**5, 10**6):
        change = answer(facts, U, seconds)
        assert not (change.newly_confirmed)
        assert not (change.destroy)
        facts = change.facts
    assert (facts.proof, facts.reason) == (Proof.CLAIMED, NEVER_WORKED_HERE)
    works = answer(facts, Outcome.VALID, 2 * 10**6).facts
    assert (works.proof, works.reason) == (Proof.CONTRADICTED, "")


@pytest.mark.parametrize("outcome", ACCEPTING)
@pytest.mark.parametrize(
    ("facts", "news"),
    [(CLAIMED, True), (REFUSED_ONCE, True), (CONFIRMED, True), (CONTRADICTED, False)],
)
def test_an_acceptance_contradicts(facts: ProofFacts, news: bool, outcome: Outcome) -> None:
    change = answer(facts, outcome, 500)
    assert change.newly_contradicted is news
    assert change.facts == ProofFacts(
        Proof.CONTRADICTED,
        "",
        NOW,
        accepted_before=True,
        # The first time stays: one contradiction is told once, however often it is seen again.
        contradicted_at=NOW + timedelta(seconds=501) if news else CONTRADICTED.contradicted_at,
    )


def test_two_later_401s_turn_a_contradiction_into_confirmed() -> None:
    """Even of a value that was never accepted before the contradiction: now it was."""
    facts = initial(recorded_at=NOW, accepted_before=False, held_value=True)
    works = answer(facts, Outcome.VALID, 10).facts
    first = answer(works, U, 1000)
    assert first.facts.proof is Proof.CONTRADICTED
    second = answer(first.facts, U, 2000)
    assert second.newly_confirmed
    assert second.facts.contradicted_at == works.contradicted_at


@pytest.mark.parametrize(
    ("after_confirming", "destroy"),
    [(0, False), (86_399, False), (86_400, True), (10**6, True)],
)
def test_destroyed_by_one_more_401_a_day_later(after_confirming: int, destroy: bool) -> None:
    change = answer(CONFIRMED, U, 400 + after_confirming)
    assert change == ProofChange(CONFIRMED, destroy=destroy)


def test_an_acceptance_between_the_401s_begins_anew() -> None:
    works = answer(REFUSED_ONCE, Outcome.VALID, 100).facts
    assert not answer(works, U, 400).newly_confirmed


def test_a_clock_that_stepped_back_begins_anew() -> None:
    facts = replace(CLAIMED, first_refused_at=NOW + timedelta(days=100))
    again = answer(facts, U, 10).facts
    assert again.first_refused_at == NOW + timedelta(seconds=11)
