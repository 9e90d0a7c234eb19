"""Addresses and user agents: one spelling, nothing harmful, and never a token."""

import secrets

import pytest

from tokens.policy.fields import Invalid
from tokens.policy.sightings import AGENT_LENGTH, clean_address, clean_agent

VENDOR = "sk_" + "live_" + secrets.token_hex(12)
OTHER = "a1" + secrets.token_hex(12)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("ERP-01.Acme.Example.", "erp-01.acme.example"),
        ("erp_worker_1:8080", "erp_worker_1"),
        ("coolset-sync-7d9f8b6c5d-x2x4z", "coolset-sync-7d9f8b6c5d-x2x4z"),
        ("192.0.2.7\u202e\x00", "192.0.2.7"),
    ],
)
def test_an_address_has_one_spelling(given: str, kept: str) -> None:
    assert clean_address(given) == kept


@pytest.mark.parametrize(
    "given",
    ["192.0.2.7, 198.51.100.1", "12345", "192.0.2.300", "a b", "http://erp/", "erp..acme", "-x",
     "x" * 254, "a." * 140, "host:port"],
)  # fmt: skip
def test_what_is_no_address_is_refused_by_name_and_without_echo(given: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_address(given)
    assert caught.value.field == "address"
    assert given not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("python-requests/2.32.3", "python-requests/2.32.3"),
        ("  curl/8.5.0\r\n\tx\x00\x1b[31m ", "curl/8.5.0 x[31m"),
        ("a\u202eb\u200bc", "abc"),
        ("Amazon-Route53-Health-Check-Service (v2)", "Amazon-Route53-Health-Check-Service (v2)"),
        ("Zulieferportal für Öle", "Zulieferportal für Öle"),
        ("sync 0199b1a2-0000-7000-8000-00000000abcd", "sync 0199b1a2-0000-7000-8000-00000000abcd"),
        ("x" * AGENT_LENGTH, "x" * AGENT_LENGTH),
    ],
)
def test_an_agent_stands_on_one_line(given: str, kept: str) -> None:
    assert clean_agent(given) == kept


def test_a_browser_is_an_agent() -> None:
    agent = (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68"
    )
    assert clean_agent(agent) == agent


@pytest.mark.parametrize("clean", [clean_address, clean_agent])
@pytest.mark.parametrize(
    "shape",
    ["{}", "Bearer {}", "agent/1.0 ({})", "token={};x", "http://u:{}@host/"],
)
@pytest.mark.parametrize("value", [VENDOR, OTHER, VENDOR.upper()])
def test_a_token_is_refused_and_not_repeated(clean, shape: str, value: str) -> None:  # type: ignore[no-untyped-def]  # one of two rules
    with pytest.raises(Invalid) as caught:
        clean(shape.format(value))
    assert "token" in caught.value.reason
    assert value not in str(caught.value)


@pytest.mark.parametrize("between", ["\u200b", "\x00", " ", "\n", "\u202e"])
def test_a_token_is_found_with_something_hidden_in_it(between: str) -> None:
    with pytest.raises(Invalid):
        clean_agent(between.join((VENDOR[:8], VENDOR[8:])))
    wide = "".join(chr(ord(char) + 0xFEE0) for char in VENDOR)
    with pytest.raises(Invalid):
        clean_agent(wide)


def test_too_long_an_agent_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as caught:
        clean_agent("x y" * 67)
    assert (caught.value.field, caught.value.reason) == (
        "user_agent", "is longer than 200 characters",
    )  # fmt: skip
