"""The share's denominator, in numbers and in words."""

import pytest

from tokens.policy.compliance import Tally, left_out, share_sentence


@pytest.mark.parametrize(
    ("tally", "counted", "percent", "words"),
    [
        (Tally(), 0, None, "There is no active token."),
        (Tally(within=3), 3, 100, "3 of 3 tokens keep the policy."),
        (Tally(within=1), 1, 100, "1 of 1 token keep the policy."),
        (Tally(within=199, out_of_policy=1), 200, 99, "199 of 200 tokens keep the policy."),
        (Tally(out_of_policy=2), 2, 0, "0 of 2 tokens keep the policy."),
        (
            Tally(within=1, out_of_policy=1, unknown_age=1),
            2,
            50,
            "1 of 2 tokens keep the policy; 1 of unknown age is not counted in.",
        ),
        (
            Tally(unknown_age=2, not_held=1, excepted=4),
            0,
            None,
            (
                "No active token counts; 2 of unknown age, 1 not held and 4 with an exception "
                "are not counted in."
            ),
        ),
    ],
)
def test_the_share(tally: Tally, counted: int, percent: int | None, words: str) -> None:
    assert (tally.counted, tally.percent) == (counted, percent)
    assert share_sentence(tally) == words


def test_every_active_token_is_in_one_group() -> None:
    tally = Tally(within=1, out_of_policy=2, unknown_age=4, not_held=8, excepted=16)
    assert (tally.active, tally.counted, tally.not_counted) == (31, 3, 28)
    assert tally + tally == Tally(2, 4, 8, 16, 32)


def test_left_out_in_words() -> None:
    assert left_out(Tally(within=9)) == ""
    assert left_out(Tally(not_held=1, excepted=2)) == "1 not held and 2 with an exception"
