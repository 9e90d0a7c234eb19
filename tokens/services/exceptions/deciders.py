"""Who may decide about an exception: administrators, and the admins of the token's company."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from tokens.errors import NotAllowed
from tokens.models import Account, PolicyException
from tokens.notifications.audience import members_who_may
from tokens.policy.roles import Permission


def check_decider(exception: PolicyException, by: str) -> None:
    """Raises NotAllowed where `by` asked for it, or has no active account that may decide."""
    if by == exception.asked_by:
        raise NotAllowed("Who asked for an exception does not decide about it: somebody else must.")
    account = Account.objects.filter(email=by, is_active=True).first()
    company = exception.token.company_id
    if account is None or Permission.EXCEPT not in account.rights.in_company(company):
        raise NotAllowed(
            "Only an administrator, or an admin of the company, with an account here decides about"
            " exceptions."
        )


def is_alone(asker: str, companies: Collection[UUID]) -> bool:
    """Whether in one of these companies nobody but the asker could approve; two queries at most."""
    if Account.objects.administrators().exclude(email=asker).exists():
        return False
    able = members_who_may(Permission.EXCEPT, companies)
    others = {company for company, address in able if address != asker.lower()}
    return not others.issuperset(companies)
