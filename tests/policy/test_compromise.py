import pytest

from tokens.policy.compromise import BY_HAND, Progress, Step, checklist

NOTHING = Progress(replaced=False, deployed=False, recorded=False, confirmed=False)
D, C, L, N = "done", "current", "later", "never"


@pytest.mark.parametrize(
    ("progress", "ticked", "expected"),
    [
        (NOTHING, [], [C, L, L, L, L, L]),
        # whoever revokes at once needs no rotation; the first open step is the one that leads on
        (NOTHING, ["revoke"], [C, L, D, L, L, L]),
        (Progress(True, False, False, False), [], [D, C, L, L, L, L]),
        (Progress(True, False, False, False), ["deploy"], [D, D, C, L, L, L]),
        (Progress(True, True, False, False), [], [D, D, C, L, L, L]),
        (Progress(True, True, False, False), ["revoke"], [D, D, D, C, L, L]),
        # recording says that it was revoked in Coolset
        (Progress(True, True, True, False), [], [D, D, D, D, C, L]),
        (Progress(True, True, True, True), [], [D, D, D, D, D, C]),
        (Progress(True, True, True, True), ["look"], [D, D, D, D, D, D]),
        # nothing can prove it: the rest goes on
        (Progress(True, True, True, False, provable=False), [], [D, D, D, D, N, C]),
        # what the product sees by itself nobody ticks
        (NOTHING, ["rotate", "record", "proof"], [C, L, L, L, L, L]),
    ],
)
def test_the_standing_of_every_step(
    progress: Progress, ticked: list[str], expected: list[str]
) -> None:
    assert [item.standing for item in checklist(progress, ticked)] == expected


def test_a_step_that_ticked_itself_is_for_nobody_to_untick() -> None:
    by_itself = {item.step for item in checklist(Progress(True, True, True, True), ["look"])}
    open_to_people = {
        item.step
        for item in checklist(Progress(True, True, True, True), ["look"])
        if not item.by_itself
    }
    assert by_itself == set(Step)
    assert open_to_people == {Step.LOOK}
    assert {item.step for item in checklist(NOTHING, []) if not item.by_itself} == BY_HAND
