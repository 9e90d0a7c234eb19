"""The table of roles that people read is the one that the code goes by."""

from scripts.roles import PAGE, WORDS, written
from tokens.policy.roles import Permission


def test_the_page_shows_the_rules_as_they_are() -> None:
    assert set(WORDS) == set(Permission)
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text
