import secrets
import uuid

import pytest

from tokens.policy.register import Invalid, check_value, hint, looks_like_token

LIVE, TEST = "sk_" + "live_", "sk_" + "test_"


@pytest.mark.parametrize(
    "value",
    [
        "a" * 8,
        "!~" * 256,
        LIVE + secrets.token_hex(12),
        secrets.token_urlsafe(48),
        "with\\every.'\"`sign{}",
    ],
)
def test_any_printable_ascii_may_be_a_token(value: str) -> None:
    check_value(value)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "short77",
        "x" * 513,
        "x" * 1_000_000,
        "mine" + "\n" + "mine",
        "trailing-newline\n",
        "nul\0nul\0nul",
        "w1th sp4ces 1nside",
        "tab\tin\tit-long",
        "quote\u2019d-and-long",
        "del\x7f-and-long-enough",
        "umlaut\xe4-and-long",
    ],
)
def test_what_is_refused_is_never_repeated(wrong: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_value(wrong)
    told = f"{caught.value!r} {caught.value} {caught.value.reason}"
    assert caught.value.field == "token"
    assert not any(part in told for part in wrong.split() if len(part) > 3)
    assert len(told) < 250


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (LIVE + "abcdefgh1234", LIVE + "…1234"),  # 20 characters
        (LIVE + "abcdefgh123", LIVE + "…"),  # 19
        (TEST + "0" * 20 + "wxyz", TEST + "…wxyz"),
        ("p" * 16 + "tail", "…tail"),
        ("p" * 15 + "tail", "…"),
        ("SK_LIVE_" + "p" * 20 + "tail", "…tail"),
        ("x" + LIVE + "p" * 20 + "tail", "…tail"),
    ],
)
def test_hint(value: str, shown: str) -> None:
    assert hint(value) == shown


@pytest.mark.parametrize(
    "text",
    [
        LIVE + "a",
        LIVE.upper() + "a",
        "Bearer " + TEST + "99",
        "x=" + LIVE + "99",
        secrets.token_hex(16),  # 32 hex digits without dashes may be a token
        "abcdefghij0123456789",
        "  abcdefghij0123456789\n",
        "Authorization: Bearer 'abcdefghij_0123-456789x'",
        "a1-b2-c3-d4-e5-f6-g7-h8",
    ],
)
def test_what_looks_like_a_token(text: str) -> None:
    assert looks_like_token(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERP",
        "abcdefghij012345678",  # 19
        "a very long search for integration 2026 of the north",
        "abcdefghijklmnopqrstuvwxyz",  # no digit
        "01234567890123456789",  # no letter
        str(uuid.UUID(int=2**127 + 10**30)),
        "0190A3B4-7C5D-7E8F-9A0B-1C2D3E4F5A6B",
        "anna.bergstrom.2026@example.com",
        LIVE,
        LIVE + "…ab12",  # a hint, as pages show it
        "erp-connector-2026-north",  # a plain name
        "integration_000000000042",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not looks_like_token(text)
