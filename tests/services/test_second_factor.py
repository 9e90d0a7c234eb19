"""The second factor: which codes open, once each, and how it is kept."""

import base64
import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from tests.factories import ACTOR, make_account
from tokens.audit import Event
from tokens.errors import InvalidInput, VaultError, WrongState
from tokens.models import Account, AuditEvent, Authenticator, RecoveryCode
from tokens.services.second_factor import (
    Method,
    check_second_factor,
    confirm_authenticator,
    offer_authenticator,
    remove_second_factor,
    renew_recovery_codes,
)
from tokens.services.second_factor.keeping import code_at, new_secret, opened, sealed

NOW = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


def code(secret: str, at: datetime) -> str:
    return code_at(base64.b32decode(secret), int(at.timestamp()) // 30)


def enrolled(at: datetime = NOW) -> tuple[Account, str, list[str]]:
    account = make_account()
    offer = offer_authenticator(account=account)
    secret, given = offer.secret, code(offer.secret, at)
    codes = confirm_authenticator(account=account, kept=offer.kept, code=given, actor=ACTOR, now=at)
    account.refresh_from_db()
    return account, secret, codes


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-1, cut to six digits."""
    key = b"12345678901234567890"
    for seconds, expected in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert code_at(key, seconds // 30) == expected


@pytest.mark.django_db
def test_nothing_is_asked_before_a_code_showed_that_the_app_works() -> None:
    account = make_account()
    offer = offer_authenticator(account=account)
    assert offer_authenticator(account=account, kept=offer.kept).secret == offer.secret
    assert offer_authenticator(account=account).secret != offer.secret
    assert offer.address.startswith("otpauth://totp/")
    assert offer.secret not in repr(offer) + offer.kept
    assert check_second_factor(of=account, code=code(offer.secret, NOW), now=NOW) is None
    given = {"account": account, "actor": ACTOR, "now": NOW}
    with pytest.raises(InvalidInput) as refused:
        confirm_authenticator(kept=offer.kept, code="000000", **given)  # type: ignore[arg-type]
    assert refused.value.field == "code"
    with pytest.raises(WrongState):
        confirm_authenticator(kept="nonsense", code="000000", **given)  # type: ignore[arg-type]
    account.refresh_from_db()
    assert not account.has_second_factor
    assert not Authenticator.objects.exists()


@pytest.mark.django_db
def test_one_account_has_one_authenticator() -> None:
    account, _, _ = enrolled()
    offer = offer_authenticator(account=account)
    given = code(offer.secret, NOW)
    with pytest.raises(WrongState, match="already"):
        confirm_authenticator(account=account, kept=offer.kept, code=given, actor=ACTOR, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "opens"),
    [(0, False), (-1, False), (1, True), (2, True), (9, True)],  # 0: used to set it up
)
def test_a_step_counts_once_and_never_backwards(late: int, opens: bool) -> None:
    account, secret, _ = enrolled()
    shown = code(secret, NOW + late * STEP)
    at = NOW + max(late, 0) * STEP
    found = check_second_factor(of=account, code=shown, now=at)
    assert (found is Method.AUTHENTICATOR) is opens
    assert check_second_factor(of=account, code=shown, now=at) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("off", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(off: int, opens: bool) -> None:
    account, secret, _ = enrolled(NOW - timedelta(hours=1))
    found = check_second_factor(of=account, code=code(secret, NOW + off * STEP), now=NOW)
    assert (found is not None) is opens


@pytest.mark.django_db
def test_a_recovery_code_opens_once_however_it_is_typed() -> None:
    account, _, codes = enrolled()
    assert len(set(codes)) == 10
    typed = f" {codes[3].upper().replace('-', ' ')} "
    assert check_second_factor(of=account, code=typed, now=NOW) is Method.RECOVERY_CODE
    assert check_second_factor(of=account, code=codes[3], now=NOW) is None
    entry = AuditEvent.objects.get(kind=Event.RECOVERY_CODE_USED)
    assert '"count":9' in entry.data
    assert check_second_factor(of=make_account(email="b@x.example"), code=codes[4], now=NOW) is None


@pytest.mark.django_db
def test_new_codes_end_the_old_ones() -> None:
    account, _, codes = enrolled()
    fresh = renew_recovery_codes(account=account, actor=ACTOR, now=NOW)
    assert check_second_factor(of=account, code=codes[0], now=NOW) is None
    assert check_second_factor(of=account, code=fresh[0], now=NOW) is Method.RECOVERY_CODE


@pytest.mark.django_db
def test_taking_it_away_leaves_nothing() -> None:
    account, secret, codes = enrolled()
    remove_second_factor(account_id=account.pk, actor=ACTOR, now=NOW)
    account.refresh_from_db()
    assert not account.has_second_factor
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    later = NOW + 2 * STEP
    for given in (code(secret, later), codes[0]):
        assert check_second_factor(of=account, code=given, now=later) is None
    with pytest.raises(WrongState):
        remove_second_factor(account_id=account.pk, actor=ACTOR, now=NOW)


@pytest.mark.django_db
def test_the_database_alone_opens_nothing() -> None:
    account, secret, codes = enrolled()
    stored = repr([list(model.objects.values_list()) for model in (Authenticator, RecoveryCode)])
    assert secret not in stored
    assert base64.b32decode(secret) not in bytes(Authenticator.objects.get(account=account).sealed)
    assert all(each not in stored and each.replace("-", "") not in stored for each in codes)


def test_a_secret_key_of_before_still_opens(settings: Settings) -> None:
    secret, settings.SECRET_KEY = new_secret(), "k" * 60
    stored = sealed(secret)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets.token_hex(30), ["k" * 60]
    assert opened(stored) == secret
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(VaultError):
        opened(stored)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["authenticator", "recovery"])
def test_of_fifty_at_once_one_wins(kind: str) -> None:
    account, secret, codes = enrolled(NOW - timedelta(hours=1))
    given = code(secret, NOW) if kind == "authenticator" else codes[0]
    found: list[Method | None] = []
    gate = threading.Barrier(50)

    def attempt() -> None:
        gate.wait()
        try:
            found.append(check_second_factor(of=account, code=given, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert sum(each is not None for each in found) == 1
