"""What an ID token says, and what follows from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tokens.policy.sign_on import (
    Grants,
    Said,
    Trust,
    is_in_time,
    proved_anew,
    proved_twice,
    read_claims,
    role_of,
)
from tokens.policy.sign_on_settings import NAMES, may_be_asked, problems
from tokens.policy.vocabulary import Role

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GRANTS = Grants(frozenset({"a1", "a2"}), frozenset({"r"}), frozenset({"m"}))


def said(**facts: Any) -> Said:
    return Said(issuer="https://idp.example", subject="u-1", **facts)


def claims(**more: Any) -> dict[str, Any]:
    return {"iss": "https://idp.example", "sub": "u-1", **more}


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["a2"], Role.ADMINISTRATOR),
        (["m", "r", "a1"], Role.ADMINISTRATOR),
        (["m", "r"], Role.AUDITOR),
        (["m"], Role.MEMBER),
        (["x"], None),
        ([], None),
        (["A1", " a1"], None),
    ],
)
def test_the_most_powerful_group_counts(groups: list[str], role: Role | None) -> None:
    assert role_of(groups, GRANTS) is role


@pytest.mark.parametrize(
    ("amr", "twice"),
    [
        ([], False),
        (["pwd"], False),
        (["otp"], False),
        (["hwk"], False),
        (["otp", "hwk"], False),
        (["pwd", "sms"], False),
        (["pwd", "otp"], True),
        (["pin", "hwk"], True),
        (["hwk", "fpt"], True),
        (["mfa"], True),
        (["MFA"], False),
    ],
)
def test_two_factors_are_two_kinds(amr: list[str], twice: bool) -> None:
    told = said(amr=frozenset(amr))
    assert proved_twice(told, trust=Trust.AMR, acr=()) is twice
    assert not proved_twice(told, trust=Trust.NEVER, acr=())
    assert proved_twice(told, trust=Trust.ALWAYS, acr=())


@pytest.mark.parametrize(
    ("acr", "named", "twice"),
    [
        ("gold", ("gold", "2"), True),
        ("1", ("gold",), False),
        ("", ("",), False),
        ("gold", (), False),
    ],
)
def test_a_class_that_the_host_named_suffices(
    acr: str, named: tuple[str, ...], twice: bool
) -> None:
    assert proved_twice(said(acr=acr), trust=Trust.AMR, acr=named) is twice
    assert not proved_twice(said(acr=acr), trust=Trust.NEVER, acr=named)


@pytest.mark.parametrize(
    ("seconds", "anew"),
    [(-61, False), (-60, True), (0, True), (30, True), (90, True), (91, False), (None, False)],
)
def test_only_a_proof_of_after_the_departure_is_new(seconds: int | None, anew: bool) -> None:
    at = None if seconds is None else NOW + timedelta(seconds=seconds)
    told = said(authenticated_at=at)
    assert proved_anew(told, begun_at=NOW, now=NOW + timedelta(seconds=30)) is anew


@pytest.mark.parametrize(("minutes", "in_time"), [(-1, False), (0, True), (14, True), (15, False)])
def test_a_flight_has_a_quarter_of_an_hour(minutes: int, in_time: bool) -> None:
    assert is_in_time(NOW, NOW + timedelta(minutes=minutes)) is in_time


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        ("", set()),
        (None, set()),
        (["a", 1, None, "", ["b"]], {"a"}),
        ({"a": 1}, set()),
        (7, set()),
    ],
)
def test_groups_are_read_strictly(given: Any, read: set[str]) -> None:
    assert read_claims(claims(groups=given), "groups").groups == read


@pytest.mark.parametrize(("verified", "groups"), [(True, {"ada@acme.example"}), ("true", set())])
def test_an_e_mail_gives_a_role_only_where_it_is_verified(
    verified: object, groups: set[str]
) -> None:
    told = read_claims(claims(email=" Ada@Acme.example".strip(), email_verified=verified), "email")
    assert told.groups == groups
    assert told.email == "ada@acme.example"


@pytest.mark.parametrize(
    ("at", "read"),
    [(NOW.timestamp(), NOW), ("1", None), (True, None), (None, None), (1e99, None)],
)
def test_the_moment_is_read_strictly(at: Any, read: datetime | None) -> None:
    assert read_claims(claims(auth_time=at), "groups").authenticated_at == read


@pytest.mark.parametrize("subject", ["", "x" * 256, "a\0b", 7, None, ["u"]])
def test_a_subject_that_is_none_is_an_error(subject: Any) -> None:
    with pytest.raises(ValueError, match="no subject"):
        read_claims({"iss": "https://idp.example", "sub": subject}, "groups")


@pytest.mark.parametrize(
    ("url", "production", "asked"),
    [
        ("https://idp.example/realms/a", True, True),
        ("http://idp.example", False, False),
        ("http://127.0.0.1:8080", False, True),
        ("http://localhost:8080/realms/a", False, True),
        ("http://127.0.0.1:8080", True, False),
        ("http://127.0.0.1.evil.example", False, False),
        ("https://user:word@idp.example", False, False),
        ("https://", False, False),
        ("idp.example", False, False),
        ("https://[", False, False),
    ],
)
def test_where_a_provider_may_be(url: str, production: bool, asked: bool) -> None:
    assert may_be_asked(url, production=production) is asked


WHOLE: dict[str, object] = {
    **dict.fromkeys(NAMES, ""),
    "OIDC_ISSUER": "https://idp.example",
    "OIDC_CLIENT_ID": "x",
    "OIDC_CLIENT_SECRET": "y",
    "OIDC_SCOPES": "openid email",
    "OIDC_AUDITORS": ["readers"],
    "OIDC_MFA": "amr",
}


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, ""),
        ({"OIDC_ISSUER": "http://idp.example"}, "OIDC_ISSUER must begin"),
        ({"OIDC_ISSUER": "https://idp.example/?a"}, "OIDC_ISSUER must begin"),
        ({"OIDC_ISSUER": ""}, "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_AUDITORS without OIDC_I"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID is missing"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET is missing"),
        ({"OIDC_SCOPES": "email"}, "OIDC_SCOPES"),
        ({"OIDC_AUDITORS": []}, "are empty"),
        ({"OIDC_ONLY": True}, "OIDC_ONLY without"),
        ({"OIDC_MFA": "yes"}, "OIDC_MFA must be amr, provider, ours"),
    ],
)
def test_settings_that_make_no_sense_are_said(changed: dict[str, object], word: str) -> None:
    found = list(problems({**WHOLE, **changed}, production=True))
    assert len(found) == bool(word)
    assert not word or word in found[0]
