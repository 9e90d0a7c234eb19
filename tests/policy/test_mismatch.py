import pytest

from tokens.policy.mismatch import proposal, verdict


@pytest.mark.parametrize(
    ("recorded", "seen", "listed", "expected"),
    [
        (None, None, None, "unknown"),
        (None, 7, frozenset({8}), "unknown"),
        (7, None, None, "unknown"),
        (7, 7, None, "match"),
        (7, 8, None, "mismatch"),
        (7, 8, frozenset({7}), "mismatch"),
        (7, None, frozenset({7, 70}), "unknown"),  # presence proves nothing
        (7, None, frozenset({8, 80}), "mismatch"),
        (7, 7, frozenset({8}), "mismatch"),
        (7, 7, frozenset({7}), "match"),
        (7, None, frozenset(), "unknown"),  # a list without any company is no evidence
    ],
)
def test_verdict(
    recorded: int | None, seen: int | None, listed: frozenset[int] | None, expected: str
) -> None:
    assert verdict(recorded=recorded, seen=seen, listed=listed) == expected


@pytest.mark.parametrize(
    ("recorded", "seen", "proposed"), [(None, 7, 7), (None, None, None), (7, 8, None)]
)
def test_proposal_only_where_none_is_recorded(
    recorded: int | None, seen: int | None, proposed: int | None
) -> None:
    assert proposal(recorded, seen) == proposed
