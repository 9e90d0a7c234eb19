from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ago
from tokens.policy.incident import (
    Panel,
    Sample,
    Tally,
    holds_on,
    is_incident,
    is_incident_for,
    may_open,
    tally,
)
from tokens.policy.vocabulary import Outcome

U, V = Outcome.UNAUTHORIZED, Outcome.VALID


def group(
    prefix: str, count: int, outcome: Outcome, *, well: bool = True, expected: bool = False
) -> list[Sample]:
    return [Sample(f"{prefix}{n}", outcome, well, expected) for n in range(count)]


@pytest.mark.parametrize(
    ("watched", "bad", "incident"),
    [(9, 9, False), (10, 5, False), (10, 6, True), (11, 6, True), (12, 6, False), (0, 0, False)],
)
def test_ten_and_more_than_half(watched: int, bad: int, incident: bool) -> None:
    assert is_incident(Tally(watched, bad)) is incident


@pytest.mark.parametrize(
    ("samples", "counted"),
    [
        (group("a", 6, U) + group("b", 5, V), Tally(11, 6)),
        # what was not well before tells nothing, nor does what never reached the vendor
        (group("a", 20, U, well=False) + group("b", 10, V), Tally(10, 0)),
        (group("a", 10, Outcome.UNREADABLE) + group("b", 10, U), Tally(10, 10)),
        (group("a", 5, Outcome.UNREACHABLE) + group("b", 5, Outcome.UNUSABLE), Tally(10, 10)),
        (group("a", 10, Outcome.THROTTLED) + group("b", 2, Outcome.FORBIDDEN), Tally(12, 0)),
        # a company goes: 20 recorded revocations are refused while 12 others work
        (group("a", 20, U, expected=True) + group("b", 12, V), Tally(12, 0)),
        # the vendor refuses all, expected or not
        (group("a", 20, U, expected=True) + group("b", 12, U), Tally(12, 12)),
        # too few others: everything counts
        (group("a", 20, U, expected=True) + group("b", 9, V), Tally(29, 20)),
    ],
)
def test_who_is_watched(samples: list[Sample], counted: Tally) -> None:
    assert tally(samples) == counted


def test_the_token_itself_is_no_witness() -> None:
    samples = group("a", 10, U)
    assert not is_incident_for(samples, "a0")
    assert is_incident_for(samples, "another")
    assert is_incident_for(group("a", 11, U), "a0")


def test_of_several_answers_about_one_secret_the_last_stands() -> None:
    samples = [*group("a", 10, U), *group("a", 10, V)]
    assert tally(samples) == Tally(10, 0)


def test_leaving_one_out_may_bring_the_expected_back() -> None:
    """Ten unexpected, one of them the token itself: nine others do not make a panel."""
    samples = group("a", 20, U, expected=True) + group("b", 9, V) + group("c", 1, U)
    assert tally(samples) == Tally(10, 1)
    assert tally(samples, excluding="c0") == Tally(29, 20)


SAMPLES = st.lists(
    st.builds(Sample, st.integers(0, 40), st.sampled_from(Outcome), st.booleans(), st.booleans()),
    max_size=60,
    unique_by=lambda sample: sample.secret_id,
)


@given(SAMPLES, st.integers(0, 40))
def test_subtracting_equals_counting_the_others(samples: list[Sample], secret: int) -> None:
    others = [sample for sample in samples if sample.secret_id != secret]
    assert Panel.of(samples).without(secret) == tally(others)
    assert is_incident_for(Panel.of(samples), secret) is is_incident(tally(others))


@pytest.mark.parametrize(
    ("watched", "bad", "on"),
    [(12, 7, True), (12, 6, False), (3, 2, True), (0, 0, True), (12, 0, False)],
)
def test_an_open_hold_stays_while_more_than_half_are_bad(watched: int, bad: int, on: bool) -> None:
    assert holds_on(Tally(watched, bad)) is on


@pytest.mark.parametrize(
    ("ended", "may"),
    [(None, True), (ago(hours=1), False), (ago(hours=23.99), False), (ago(hours=24), True)],
)
def test_none_opens_after_an_administrator_ended_one(ended: datetime | None, may: bool) -> None:
    assert may_open(NOW, ended) is may
