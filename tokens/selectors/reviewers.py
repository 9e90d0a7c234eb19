"""Where accounts may decide in access reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from tokens.models import Account, Membership
from tokens.policy.roles import Permission, Reach, rights_of


def reaches(accounts: Collection[UUID]) -> dict[UUID, Reach]:
    """The companies in which each of these accounts may decide; two queries."""
    roles: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    of_companies = Membership.objects.filter(account__in=accounts)
    for account, company, role in of_companies.values_list("account_id", "company_id", "role"):
        roles[account][company] = role
    found = Account.objects.filter(pk__in=accounts).values_list("pk", "role")
    return {pk: rights_of(role, roles[pk]).reach(Permission.REVIEW) for pk, role in found}
