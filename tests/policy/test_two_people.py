"""The two-person rule: what it may hold for, whom, and how long a request stands."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.policy.roles import Permission
from tokens.policy.two_people import (
    COLLECTED,
    PERMISSION,
    RULE,
    WAITS,
    Agreed,
    Kind,
    Outcome,
    Rule,
    is_open,
    needs_another,
    read_rule,
    standing,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
END = NOW + WAITS


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ([], set()),
        (["", " "], set()),
        (["revocation"], {Rule.REVOCATION}),
        ([" Keys ", "revocation", "keys"], {Rule.KEYS, Rule.REVOCATION}),
    ],
)
def test_the_words_of_the_environment(words: list[str], rules: set[Rule]) -> None:
    assert read_rule(words) == rules


@pytest.mark.parametrize(
    "word", ["revocations", "exceptions", "all", "1", "key", "revocation;keys"]
)
def test_a_wrong_word_is_refused_and_the_right_ones_are_named(word: str) -> None:
    with pytest.raises(ValueError, match="revocation and keys"):
        read_rule(["keys", word])


@pytest.mark.parametrize(
    ("rule", "in_force", "actor", "needed"),
    [
        (Rule.REVOCATION, {Rule.REVOCATION}, "account", True),
        (Rule.REVOCATION, {Rule.REVOCATION}, "api_key", True),
        (Rule.REVOCATION, {Rule.REVOCATION}, "command", False),
        (Rule.REVOCATION, {Rule.REVOCATION}, "system", False),
        (Rule.REVOCATION, {Rule.KEYS}, "account", False),
        (Rule.KEYS, {Rule.KEYS}, "account", True),
        (Rule.KEYS, set(), "account", False),
    ],
)
def test_whom_it_holds_for(rule: Rule, in_force: set[Rule], actor: str, needed: bool) -> None:
    assert needs_another(rule, in_force, actor) is needed


def test_whoever_may_do_it_may_approve_it() -> None:
    assert set(PERMISSION) == set(RULE) == set(Kind)
    for kind in Kind:
        keys = RULE[kind] is Rule.KEYS
        assert PERMISSION[kind] is (Permission.KEYS if keys else Permission.REVOKE)
        assert (kind in COLLECTED) is keys


@pytest.mark.parametrize(
    ("outcome", "kind", "at", "stands", "opened"),
    [
        (Outcome.ASKED, Kind.REVOCATION, NOW, Outcome.ASKED, True),
        (Outcome.ASKED, Kind.API_KEY, END - timedelta(seconds=1), Outcome.ASKED, True),
        (Outcome.ASKED, Kind.REVOCATIONS, END, Outcome.LAPSED, False),
        (Outcome.APPROVED, Kind.REVOCATION, NOW, Outcome.APPROVED, False),
        (Outcome.APPROVED, Kind.REVOCATION, END, Outcome.APPROVED, False),
        (Outcome.APPROVED, Kind.API_KEY, NOW, Outcome.APPROVED, True),
        (Outcome.APPROVED, Kind.USAGE_KEY, END, Outcome.LAPSED, False),
        (Outcome.COLLECTED, Kind.API_KEY, END, Outcome.COLLECTED, False),
        (Outcome.REFUSED, Kind.API_KEY, END, Outcome.REFUSED, False),
        (Outcome.WITHDRAWN, Kind.REVOCATION, END, Outcome.WITHDRAWN, False),
        (Outcome.OVERTAKEN, Kind.REVOCATION, NOW, Outcome.OVERTAKEN, False),
        (Outcome.LAPSED, Kind.REVOCATION, NOW, Outcome.LAPSED, False),
    ],
)
def test_where_a_request_stands(
    outcome: Outcome, kind: Kind, at: datetime, stands: Outcome, opened: bool
) -> None:
    assert standing(outcome, kind, expires_at=END, now=at) is stands
    assert is_open(outcome, kind, expires_at=END, now=at) is opened


@pytest.mark.parametrize(("asked", "approved"), [("a@x", "a@x"), ("", "b@x"), ("a@x", "")])
def test_two_people_are_two(asked: str, approved: str) -> None:
    with pytest.raises(ValueError, match="not two people"):
        Agreed(asked, approved)
