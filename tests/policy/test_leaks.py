import secrets

import pytest

from tokens.policy.leaks import shaped, words

LIVE, TEST = "sk_" + "live_", "sk_" + "test_"


def value(prefix: str = LIVE, length: int = 24) -> str:
    return prefix + ("0a1b2c3d4e5f" + secrets.token_hex(256))[:length]


@pytest.mark.parametrize("prefix", [LIVE, TEST])
@pytest.mark.parametrize("length", [12, 16, 24, 504])
def test_the_vendors_shape_is_found_wherever_it_stands(prefix: str, length: int) -> None:
    token = value(prefix, length)
    for text in (
        token,
        f'KEY="{token}"',
        f"url?key={token}&x=1",
        f"Bearer {token}\n",
        f"x{token}'",
    ):
        assert list(shaped(text)) == [token]


@pytest.mark.parametrize(
    "tail", ["", "1234567890a", "x" * 24, "0" * 24, "your_token_goes_here", "…8f2c", "abcabcabcabc"]
)
def test_placeholders_and_hints_are_none(tail: str) -> None:
    assert list(shaped(f"token = {LIVE}{tail}")) == []


def test_two_on_one_line_are_two() -> None:
    first, second = value(), value(TEST)
    assert list(shaped(f"{first},{second}")) == [first, second]


@pytest.mark.parametrize(
    "around",
    [
        "{}", "'{}'", '"token": "{}",', "TOKEN={}", "export TOKEN={};", "token: {}", "({})",
        "https://user:{}@host/path", "https://host/?key={}", "Authorization: Bearer {}.", "`{}`",
        "[{}]", "<{}>", "{}, and more", "Is it {}?", "--token={}", "  {}\r\n", "a|{}|b", "x/{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("token", ["k3yvalue", "A9-b_7xQ2zLmN4", "abc.DEF+9/8==", "9f" * 200])
def test_a_token_of_any_shape_is_among_the_words(around: str, token: str) -> None:
    assert token in words(around.format(token))


def test_plain_prose_asks_for_little() -> None:
    assert words("The integration reads its secrets from environment variables.") == set()


def test_nothing_shorter_or_longer_than_a_token() -> None:
    assert all(8 <= len(word) <= 512 for word in words("a1 " + "b2" * 300 + " c3d4e5f"))
