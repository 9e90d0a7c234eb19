"""Setting up an authenticator, renewing recovery codes, taking the second factor away."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, NotFound, VaultError, WrongState
from tokens.models import Account, Authenticator, Passkey, RecoveryCode
from tokens.policy.second_factor import looks_like_totp, plain, steps
from tokens.services.second_factor import keeping
from tokens.services.second_factor.factors import new_codes, put_in_force

ISSUER = "Token governance"


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """What an authenticator app is given: the address that a picture shows, the secret as it is
    typed, and what the session keeps of it. Nothing is stored until a code shows that it works."""

    address: str
    secret: str
    kept: str


def offer_authenticator(*, account: Account, kept: str = "") -> Offer:
    """The offer of before, as the session kept it, or a new one."""
    secret = _secret_of(kept) or keeping.new_secret()
    return Offer(
        keeping.totp(secret).get_provisioning_uri(account.email, ISSUER),
        base64.b32encode(secret).decode("ascii"),
        keeping.sealed(secret).decode("ascii"),
    )


def confirm_authenticator(
    *, account: Account, kept: str, code: str, actor: Actor, now: datetime
) -> list[str]:
    """Put the offered authenticator in force with one of its codes; returns recovery codes, which
    nobody can read again after this, where it is the account's first factor, else none.

    Raises InvalidInput naming `code`, WrongState where there is one already or none was offered.
    """
    secret, given = _secret_of(kept), plain(code)
    if secret is None:
        raise WrongState("This took too long. Let the app read the new picture.")
    step = next((s for s in steps(now) if _same(given, keeping.code_at(secret, s))), None)
    if step is None or not looks_like_totp(given):
        raise InvalidInput("is not the one that the app shows now", field="code")
    with audited(actor=actor, now=now) as trail:
        _, is_new = Authenticator.objects.get_or_create(
            account=account,
            defaults={"sealed": keeping.sealed(secret), "created_at": now, "last_step": step},
        )
        if not is_new:
            raise WrongState("This account has an authenticator already.")
        trail.add(Event.SECOND_FACTOR_ADDED, account)
        return put_in_force(account)


def renew_recovery_codes(*, account: Account, actor: Actor, now: datetime) -> list[str]:
    """Ten new codes; the old ones open nothing. Raises WrongState without a second factor."""
    with audited(actor=actor, now=now) as trail:
        if not Account.objects.filter(pk=account.pk, has_second_factor=True).exists():
            raise WrongState("Set up a second factor first.")
        trail.add(Event.RECOVERY_CODES_RENEWED, account)
        return new_codes(account)


def remove_second_factor(*, account_id: UUID, actor: Actor, now: datetime) -> Account:
    """Take authenticator, passkeys and recovery codes away, one's own or, for an administrator,
    another's.

    Raises NotFound, and WrongState where there is none.
    """
    with audited(actor=actor, now=now) as trail:
        account = Account.objects.select_for_update().filter(pk=account_id).first()
        if account is None:
            raise NotFound("There is no such account.")
        if not account.has_second_factor:
            raise WrongState("This account has no second factor.")
        Authenticator.objects.filter(account=account).delete()
        Passkey.objects.filter(account=account).delete()
        RecoveryCode.objects.filter(account=account).delete()
        account.has_second_factor = False
        account.save(update_fields=["has_second_factor"])
        trail.add(Event.SECOND_FACTOR_REMOVED, account)
    return account


def _secret_of(kept: str) -> bytes | None:
    try:
        return keeping.opened(kept.encode("ascii")) if kept else None
    except VaultError:
        return None


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
