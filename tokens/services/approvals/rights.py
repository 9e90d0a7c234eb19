"""Who may ask and who may approve, as things are at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tokens.errors import NotAllowed, WrongState
from tokens.models import Account, Approval
from tokens.policy.api_keys import Standing
from tokens.policy.api_keys import standing as standing_of_key
from tokens.policy.roles import Permission, Rights
from tokens.policy.two_people import PERMISSION, Kind
from tokens.services.approvals.touched import companies_touched, tokens_of

OWN = "Who asked for it does not decide about it: somebody else must."
NOT_YOURS = "Only an account that may do this itself decides about it."


def check_decider(approval: Approval, by: str) -> None:
    """Raises NotAllowed where `by` asked for it, or has no active account that may do it itself."""
    if by == approval.asked_by:
        raise NotAllowed(OWN)
    account = Account.objects.filter(email=by, is_active=True).first()
    if account is None or not _may(account.rights, approval, companies_of(approval)):
        raise NotAllowed(NOT_YOURS)


def check_asker(approval: Approval, now: datetime) -> None:
    """Raises WrongState where who asked has gone meanwhile, or may not do it any more."""
    if not _asker_may(approval, now):
        raise WrongState(
            f"{approval.asker} may not do this any more, so there is nothing to approve."
            " Refuse it, or do it yourself: ask for it anew."
        )


def is_alone(asker: str, kind: Kind, companies: Iterable[UUID] = ()) -> bool:
    """Whether nobody but the asker could approve; loops where there is no second administrator."""
    others = Account.objects.filter(is_active=True).exclude(email=asker)
    if Account.objects.administrators().exclude(email=asker).exists():
        return False
    wanted, permission = list(companies), PERMISSION[kind]
    return not any(_everywhere(each.rights, permission, wanted) for each in others)


def companies_of(approval: Approval) -> list[UUID]:
    """The companies whose tokens it touches, other rows of the same values included; none for
    keys, which are the organisation's."""
    return list(companies_touched(tokens_of(approval)))


def _asker_may(approval: Approval, now: datetime) -> bool:
    companies, key = companies_of(approval), approval.asked_with
    if key is not None:
        stands = standing_of_key(expires_at=key.expires_at, revoked_at=key.revoked_at, now=now)
        return stands is Standing.IN_FORCE and _may(key.rights, approval, companies)
    account = Account.objects.filter(email=approval.asked_by, is_active=True).first()
    return account is not None and _may(account.rights, approval, companies)


def _may(rights: Rights, approval: Approval, companies: list[UUID]) -> bool:
    return _everywhere(rights, PERMISSION[Kind(approval.kind)], companies)


def _everywhere(rights: Rights, permission: Permission, companies: list[UUID]) -> bool:
    """In all of these companies, or, where none is named, in the whole organisation."""
    if permission in rights.everywhere:
        return True
    return bool(companies) and all(permission in rights.in_company(each) for each in companies)
