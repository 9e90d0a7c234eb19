"""The code after the password: which counts, and counts once."""

from __future__ import annotations

import hmac
from datetime import datetime
from enum import StrEnum

from tokens.audit import Event, account, audited
from tokens.models import Account, Authenticator, RecoveryCode
from tokens.policy.second_factor import looks_like_totp, plain, steps
from tokens.services.second_factor import keeping


class Method(StrEnum):
    """By what somebody signed in, as the audit trail says it."""

    AUTHENTICATOR = "password and authenticator"
    RECOVERY_CODE = "password and recovery code"
    PASSKEY = "password and passkey"


def check_second_factor(*, of: Account, code: str, now: datetime) -> Method | None:
    """Whether this code opens now, and by which method. It is used up with that.

    Of codes that come all at once one wins: the row is changed where it still says unused. The
    caller limits how often somebody may try. Raises VaultError where DJANGO_SECRET_KEY is another
    one, so that no code opens at all.
    """
    given = plain(code)
    if looks_like_totp(given):
        return Method.AUTHENTICATOR if _totp(of, given, now) else None
    if given and _recovery(of, given, now):
        return Method.RECOVERY_CODE
    _secret(of)  # a recovery code that is wrong, or one of before that key changed?
    return None


def _totp(of: Account, given: str, now: datetime) -> bool:
    secret = _secret(of)
    for step in steps(now) if secret else ():
        if hmac.compare_digest(given, keeping.code_at(secret, step)):
            unused = Authenticator.objects.filter(account=of, last_step__lt=step)
            return bool(unused.update(last_step=step))
    return False


def _secret(of: Account) -> bytes:
    """What its app holds, too; empty where there is none. Raises VaultError."""
    found = Authenticator.objects.filter(account=of).first()
    return b"" if found is None else keeping.opened(found.sealed)


def _recovery(of: Account, given: str, now: datetime) -> bool:
    with audited(actor=account(of), now=now) as trail:
        unused = RecoveryCode.objects.filter(
            account=of, digest__in=keeping.digests(given), used_at__isnull=True
        )
        if not unused.update(used_at=now):
            return False
        left = RecoveryCode.objects.filter(account=of, used_at__isnull=True).count()
        trail.add(Event.RECOVERY_CODE_USED, of, count=left)
    return True
