import secrets
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.policy.moments import NOW, utc
from tokens.policy.fields import (
    Invalid,
    clean_email,
    clean_label,
    clean_name,
    clean_text,
    clean_url,
    clean_where,
    parse_issued_at,
    parse_word,
    parse_workspace_id,
)
from tokens.policy.vocabulary import Scope


@pytest.mark.parametrize(
    ("clean", "text", "cleaned"),
    [
        (clean_name, "  Nordwind GmbH ", "Nordwind GmbH"),
        (clean_name, "x" * 200, "x" * 200),
        (clean_name, "株式会社 Ñandú", "株式会社 Ñandú"),
        (clean_name, "sk_live_…ab12", "sk_live_…ab12"),
        (clean_label, "", ""),
        (clean_label, "l" * 100, "l" * 100),
        (clean_where, "vault/erp\nrestart: make\tdeploy", "vault/erp\nrestart: make\tdeploy"),
        (clean_url, "", ""),
        (clean_url, "https://wiki.example.com/x?y=1#z", "https://wiki.example.com/x?y=1#z"),
        (clean_email, "", ""),
        (clean_email, " Anna.Berg+coolset@Example.COM ", "anna.berg+coolset@example.com"),
        (clean_email, "root@localhost", "root@localhost"),
    ],
)
def test_taken(clean: Callable[[str], str], text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("clean", "text", "reason"),
    [
        (clean_name, "", "is required"),
        (clean_name, " \t\n", "is required"),
        (clean_name, "x" * 201, "longer than 200"),
        (clean_name, "nul\0byte", "control"),
        (clean_name, "two\nlines", "control"),
        (clean_name, "turned\u202etxt", "control"),
        (clean_name, "lone\ud800surrogate", "control"),
        (clean_label, "l" * 101, "longer than 100"),
        (clean_where, "w" * 1001, "longer than 1000"),
        (clean_where, "bell\a", "control"),
        (clean_url, "javascript:alert(1)", "http or https"),
        (clean_url, "//example.com/x", "http or https"),
        (clean_url, "https://", "http or https"),
        (clean_url, "https://user:pass@example.com/", "http or https"),
        (clean_url, "https://[broken", "http or https"),
        (clean_url, "https://example.com/a b", "http or https"),
        (clean_email, "anna", "e-mail"),
        (clean_email, "anna@example", "e-mail"),
        (clean_email, "anna@@example.com", "e-mail"),
        (clean_email, "an na@example.com", "e-mail"),
        (clean_email, "anna@-example.com", "e-mail"),
        (clean_email, "anna@exa\nmple.com", "control"),
        (clean_email, "a" * 250 + "@example.com", "longer than 254"),
    ],
)
def test_refused_by_field_and_reason(
    clean: Callable[[str, str], str], text: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        clean(text, "column")
    assert caught.value.field == "column"
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("clean", [clean_name, clean_label, clean_where, clean_url, clean_email])
def test_a_token_in_the_wrong_column_is_refused_and_not_repeated(
    clean: Callable[[str], str],
) -> None:
    secret = secrets.token_hex(12)
    with pytest.raises(Invalid, match="contains a token") as caught:
        clean("https://example.com/?t=" + "sk_" + "live_" + secret)
    assert secret not in repr(caught.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("  ", None),
        ("2026-01-31", utc("2026-01-31T00:00")),
        ("2024-02-29", utc("2024-02-29T00:00")),
        ("2026-01-31T23:30", utc("2026-01-31T23:30")),
        ("2026-01-31 23:30:15", utc("2026-01-31T23:30:15")),
        ("2026-01-31T23:30:00Z", utc("2026-01-31T23:30")),
        ("2026-01-31T23:30:00-05:00", utc("2026-02-01T04:30")),
        ("2026-03-11", utc("2026-03-11T00:00")),  # tomorrow
        ("2026-03-11T23:59:59", utc("2026-03-11T23:59:59")),
        ("2026-03-12T01:00+02:00", utc("2026-03-11T23:00")),
        ("1999-12-31", utc("1999-12-31T00:00")),
    ],
)
def test_issue_moments(text: str, moment: datetime | None) -> None:
    assert parse_issued_at(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12",  # after tomorrow
        "2026-03-11T23:00-02:00",  # after tomorrow in UTC
        "9999-12-31",
        "2026-02-30",
        "2025-02-29",
        "31.01.2026",
        "01/31/2026",
        "yesterday",
        "0001-01-01T00:00+14:00",
        "2026-01-31T25:00",
        "\uff11\uff19\uff19\uff19-12-31",
        "2026-01-31\0",
    ],
)
def test_refused_issue_moments_are_not_repeated(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_issued_at(text, NOW)
    assert text not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_words_of_a_vocabulary() -> None:
    assert parse_word(" Read ", Scope, "scope") is Scope.READ
    with pytest.raises(Invalid, match="scope: is not one of read, write, admin") as caught:
        parse_word("wr1te-everything", Scope, "scope")
    assert "wr1te" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "number"), [("", None), (" 42 ", 42), ("9223372036854775807",) * 2]
)
def test_workspace_ids(text: str, number: object) -> None:
    assert parse_workspace_id(text) == (int(str(number)) if number else None)


@pytest.mark.parametrize("text", ["0", "-1", "4.2", "x", "٤٢", "9223372036854775808", "1" * 5000])
def test_refused_workspace_ids(text: str) -> None:
    with pytest.raises(Invalid, match="positive whole number"):
        parse_workspace_id(text)


@pytest.mark.parametrize("prefix", ["ctg_", "ctgk_", "ctc_", "whsec_"])
def test_our_own_secrets_have_no_place_in_a_name_either(prefix: str) -> None:
    secret = prefix + secrets.token_hex(20)
    with pytest.raises(Invalid) as refused:
        clean_text(f"ERP {secret}", "name", 200)
    assert secret not in str(refused.value)
    assert clean_text(f"ERP {prefix}…{secret[-4:]}", "name", 200)  # its hint may stand there
