"""Whether an account has any second factor, and the recovery codes that come with the first."""

from __future__ import annotations

from tokens.audit import Event, Trail
from tokens.models import Account, Authenticator, Passkey, RecoveryCode
from tokens.policy.second_factor import plain
from tokens.services.second_factor import keeping


def put_in_force(account: Account) -> list[str]:
    """A factor was added: recovery codes where it is the first, else none. In a transaction."""
    # Locked: while the last one is taken away elsewhere, this one must not end up unasked.
    locked = Account.objects.select_for_update().get(pk=account.pk)
    if locked.has_second_factor:
        return []
    locked.has_second_factor = True
    locked.save(update_fields=["has_second_factor"])
    return new_codes(account)


def settle(account: Account, trail: Trail) -> None:
    """A factor was taken away: with the last one the recovery codes go too. The caller holds the
    account's row."""
    for kind in (Authenticator, Passkey):
        if kind.objects.filter(account=account).exists():
            return
    RecoveryCode.objects.filter(account=account).delete()
    account.has_second_factor = False
    account.save(update_fields=["has_second_factor"])
    trail.add(Event.SECOND_FACTOR_REMOVED, account)


def new_codes(account: Account) -> list[str]:
    """Ten recovery codes, readable only now; those of before open nothing."""
    RecoveryCode.objects.filter(account=account).delete()
    codes = keeping.new_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=keeping.digests(plain(code))[0]) for code in codes
    )
    return codes
