"""Passkeys: which answers set one up, which open, once each, and for whom."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.factories import ACTOR, make_account
from tests.services.soft_key import SoftKey
from tokens.audit import Event
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.models import Account, AuditEvent, Passkey, RecoveryCode
from tokens.services.second_factor import (
    Method,
    add_passkey,
    ask_for_new_passkey,
    ask_for_passkey,
    check_passkey,
    check_second_factor,
    confirm_authenticator,
    offer_authenticator,
    remove_passkey,
    remove_second_factor,
    rename_passkey,
    renew_recovery_codes,
)
from tokens.services.second_factor.ceremony import is_possible, origin
from tokens.services.second_factor.keeping import code_at, opened

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tokens.acme.example"


def new_key(**more: Any) -> SoftKey:
    given = {"origin": "https://tokens.acme.example", "host": "tokens.acme.example", **more}
    return SoftKey(**given)


def add(account: Account, key: SoftKey, name: str = "Laptop") -> list[str]:
    asked = ask_for_new_passkey(account=account, now=NOW)
    return add_passkey(
        account=account, kept=asked.kept, answer=key.make(asked.options), name=name, actor=ACTOR,
        now=NOW,
    )  # fmt: skip


def enrolled(key: SoftKey, email: str = "ada@acme.example") -> tuple[Account, list[str]]:
    account = make_account(email=email)
    codes = add(account, key)
    account.refresh_from_db()
    return account, codes


def asked_for(account: Account, at: datetime = NOW) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question, and what the session keeps of it after a round through JSON."""
    question = ask_for_passkey(account=account, now=at)
    assert question is not None
    kept: dict[str, Any] = json.loads(json.dumps(question.kept))
    return json.loads(json.dumps(question.options)), kept


def test_the_first_passkey_brings_recovery_codes_and_a_second_none() -> None:
    account, codes = enrolled(new_key())
    assert account.has_second_factor
    assert len(set(codes)) == 10
    assert add(account, new_key(), "Phone") == []
    assert check_second_factor(of=account, code=codes[0], now=NOW) is Method.RECOVERY_CODE
    kinds = [each.kind for each in AuditEvent.objects.order_by("id")]
    assert kinds[:2] == [Event.PASSKEY_ADDED, Event.PASSKEY_ADDED]


def test_what_the_browser_is_asked() -> None:
    account, _ = enrolled(new_key())
    options = json.loads(json.dumps(ask_for_new_passkey(account=account, now=NOW).options))
    assert options["rp"] == {"id": "tokens.acme.example", "name": "Token governance"}
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert len(options["excludeCredentials"]) == 1
    options, _ = asked_for(account)
    assert options["rpId"] == "tokens.acme.example"
    assert options["userVerification"] == "preferred"
    assert ask_for_passkey(account=make_account(email="b@acme.example"), now=NOW) is None


def test_its_answer_opens_once() -> None:
    key = new_key()
    account, _ = enrolled(key)
    options, kept = asked_for(account, NOW + MINUTE)
    answer = key.sign(options, handle=account.pk.bytes)
    later = NOW + 2 * MINUTE
    assert check_passkey(of=account, kept=kept, answer=answer, now=later) is Method.PASSKEY
    assert check_passkey(of=account, kept=kept, answer=answer, now=later) is None
    stored = Passkey.objects.get()
    assert (stored.sign_count, stored.last_used_at) == (2, later)


def test_an_answer_of_a_key_that_does_not_count_opens_once_too() -> None:
    key = new_key(counter=0)
    account, _ = enrolled(key)
    options, kept = asked_for(account)
    answer = key.sign(options)
    assert check_passkey(of=account, kept=kept, answer=answer, now=NOW) is Method.PASSKEY
    assert check_passkey(of=account, kept=kept, answer=answer, now=NOW + MINUTE) is None
    options, kept = asked_for(account, NOW + MINUTE)
    again = key.sign(options)
    assert check_passkey(of=account, kept=kept, answer=again, now=NOW + MINUTE) is Method.PASSKEY


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://tokens.acme.example"},
        {"origin": "https://tokens.acme.example:8443"},
        {"origin": "https://sub.tokens.acme.example"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"type": "webauthn.create"},
        {"cross_origin": True},
    ],
)
def test_what_was_said_elsewhere_or_of_something_else_opens_nothing(client: dict[str, Any]) -> None:
    key = new_key()
    account, _ = enrolled(key)
    options, kept = asked_for(account)
    answer = key.sign(options, **client)
    assert check_passkey(of=account, kept=kept, answer=answer, now=NOW) is None
    assert Passkey.objects.get().last_used_at is None


def test_of_another_site_account_or_hand_it_opens_nothing() -> None:
    key = new_key()
    account, _ = enrolled(key)
    foreign_key = new_key()
    other, _ = enrolled(foreign_key, "b@acme.example")
    options, kept = asked_for(account)
    forged = replace(foreign_key, credential_id=key.credential_id)
    refused = [
        replace(key, host="evil.example").sign(options),
        foreign_key.sign(options),  # known, but somebody else's
        forged.sign(options),
        key.sign(options, handle=other.pk.bytes),
        key.sign(options, flags=0),  # nobody touched it
    ]
    for answer in refused:
        assert check_passkey(of=account, kept=kept, answer=answer, now=NOW) is None
    theirs, kept_theirs = asked_for(other)
    answer = foreign_key.sign(theirs)
    assert check_passkey(of=account, kept=kept_theirs, answer=answer, now=NOW) is None


@pytest.mark.parametrize(("minutes", "opens"), [(0, True), (4, True), (5, False), (-1, False)])
def test_a_question_is_answered_within_five_minutes(minutes: int, opens: bool) -> None:
    key = new_key()
    account, _ = enrolled(key)
    options, kept = asked_for(account)
    at = NOW + minutes * MINUTE
    found = check_passkey(of=account, kept=kept, answer=key.sign(options), now=at)
    assert (found is not None) is opens
    assert check_passkey(of=account, kept=None, answer=key.sign(options), now=NOW) is None


def test_a_copied_key_is_refused_and_told() -> None:
    key = new_key(counter=5)
    account, _ = enrolled(key)
    copy = replace(key)
    for each, opens in ((key, True), (copy, False)):
        options, kept = asked_for(account, NOW + MINUTE)
        later = NOW + 2 * MINUTE
        found = check_passkey(of=account, kept=kept, answer=each.sign(options), now=later)
        assert (found is not None) is opens
    assert AuditEvent.objects.filter(kind=Event.PASSKEY_COUNT_FELL).count() == 1
    assert Passkey.objects.get().sign_count == 6


@pytest.mark.parametrize(
    "change", ["origin", "challenge", "type", "host", "algorithm", "parts", "cut", "nonsense"]
)
def test_a_false_answer_sets_nothing_up(change: str) -> None:
    account, key = make_account(), new_key()
    asked = ask_for_new_passkey(account=account, now=NOW)
    good = key.make(asked.options)
    answer = {
        "origin": key.make(asked.options, origin="https://evil.example"),
        "challenge": key.make(asked.options, challenge="A" * 43),
        "type": key.make(asked.options, type="webauthn.get"),
        "host": replace(key, host="evil.example").make(asked.options),
        "algorithm": replace(key, algorithm=-65535).make(asked.options),  # RSA with SHA-1
        "parts": replace(key, algorithm=-257).make(asked.options),  # RSA without its numbers
        "cut": good[: len(good) // 2],
        "nonsense": "[]",
    }[change]
    with pytest.raises(InvalidInput) as refused:
        add_passkey(account=account, kept=asked.kept, answer=answer, name="x", actor=ACTOR, now=NOW)
    assert refused.value.field == "credential"
    account.refresh_from_db()
    assert not account.has_second_factor
    assert not Passkey.objects.exists()


def test_a_question_is_of_one_kind_one_account_and_a_while() -> None:
    key = new_key()
    account, _ = enrolled(key)
    other = make_account(email="b@acme.example")
    asked = ask_for_new_passkey(account=other, now=NOW)
    given: dict[str, Any] = {"answer": new_key().make(asked.options), "name": "x", "actor": ACTOR}
    _, to_sign_in = asked_for(account)
    for who, kept, at in (
        (account, asked.kept, NOW),
        (account, to_sign_in, NOW),
        (other, None, NOW),
        (other, asked.kept, NOW + 5 * MINUTE),
    ):
        with pytest.raises(WrongState, match="too long"):
            add_passkey(account=who, kept=kept, now=at, **given)
    same = key.make(asked.options)
    with pytest.raises(WrongState, match="already"):
        add_passkey(account=other, kept=asked.kept, now=NOW, **given | {"answer": same})


@pytest.mark.parametrize("name", ["", "x" * 61, "sk_" + "live_" + "a" * 24])
def test_its_name_is_looked_at(name: str) -> None:
    account, _ = enrolled(new_key())
    with pytest.raises(InvalidInput) as refused:
        rename_passkey(
            account=account, passkey_id=Passkey.objects.get().pk, name=name, actor=ACTOR, now=NOW
        )
    assert refused.value.field == "name"


def test_others_passkeys_are_nobodys_business() -> None:
    enrolled(new_key())
    passkey, other = Passkey.objects.get(), make_account(email="b@acme.example")
    with pytest.raises(NotFound):
        remove_passkey(account=other, passkey_id=passkey.pk, actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        rename_passkey(account=other, passkey_id=passkey.pk, name="x", actor=ACTOR, now=NOW)
    assert Passkey.objects.get().name == "Laptop"


def test_the_last_one_takes_the_recovery_codes_along() -> None:
    account, _ = enrolled(new_key())
    add(account, new_key(), "Phone")
    first, last = Passkey.objects.order_by("pk")
    assert remove_passkey(account=account, passkey_id=first.pk, actor=ACTOR, now=NOW)
    assert RecoveryCode.objects.count() == 10
    assert not remove_passkey(account=account, passkey_id=last.pk, actor=ACTOR, now=NOW)
    account.refresh_from_db()
    assert not account.has_second_factor
    assert not RecoveryCode.objects.exists()
    assert AuditEvent.objects.filter(kind=Event.SECOND_FACTOR_REMOVED).count() == 1


def test_beside_an_authenticator_both_count_and_both_go() -> None:
    key = new_key()
    account, codes = enrolled(key)
    offer = offer_authenticator(account=account)
    shown = code_at(opened(offer.kept.encode()), int(NOW.timestamp()) // 30)
    given: dict[str, Any] = {"account": account, "actor": ACTOR, "now": NOW}
    assert confirm_authenticator(kept=offer.kept, code=shown, **given) == []
    assert check_second_factor(of=account, code=codes[0], now=NOW) is Method.RECOVERY_CODE
    assert len(renew_recovery_codes(**given)) == 10
    remove_second_factor(account_id=account.pk, actor=ACTOR, now=NOW)
    assert not Passkey.objects.exists()
    assert ask_for_passkey(account=account, now=NOW) is None


@pytest.mark.parametrize(
    ("url", "possible", "told"),
    [
        ("https://tokens.acme.example", True, "https://tokens.acme.example"),
        ("https://tokens.acme.example:443", True, "https://tokens.acme.example"),
        ("https://Tokens.acme.example:8443", True, "https://tokens.acme.example:8443"),
        ("http://localhost:8000", True, "http://localhost:8000"),
        ("http://tokens.acme.example", False, "http://tokens.acme.example"),
        ("http://127.0.0.1:8000", False, "http://127.0.0.1:8000"),
        ("https://[::1]:8000", False, "https://[::1]:8000"),
    ],
)
def test_where_passkeys_are_possible(
    url: str, possible: bool, told: str, settings: Settings
) -> None:
    settings.PUBLIC_URL = url
    assert (is_possible(), origin()) == (possible, told)
    if not possible:
        with pytest.raises(WrongState):
            ask_for_new_passkey(account=make_account(), now=NOW)


def test_whatever_is_sent_is_an_answer_or_is_none() -> None:
    """Cut, turned and stuffed answers are refused, never an error."""
    key = new_key()
    account, _ = enrolled(key)
    options, kept = asked_for(account)
    good = json.loads(key.sign(options))
    bad = ["", "null", "1", '"x"', "{}", "x" * 40_000, json.dumps({**good, "id": "AA"})]
    for name in ("clientDataJSON", "authenticatorData", "signature"):
        values: list[Any] = [None, 1, "", "A", "AAAA", "é", ["x"], {}, good["response"][name][:-8]]
        bad += [
            json.dumps({**good, "response": {**good["response"], name: value}}) for value in values
        ]
    for answer in bad:
        assert check_passkey(of=account, kept=kept, answer=answer, now=NOW) is None
