"""Who answers for tokens beside their owners: administrators, and admins of single companies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from tokens.models import Account
from tokens.policy.vocabulary import CompanyRole, Role

_ADMIN = CompanyRole.ADMIN.value


@dataclass(frozen=True, slots=True)
class Overseers:
    """E-mail addresses in lower case: `everywhere` those of administrators, `companies` those of
    the admins of each company, who are told of that company's tokens and of nothing else."""

    everywhere: tuple[str, ...]
    companies: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)

    def of(self, company: UUID) -> tuple[str, ...]:
        """Who is told of the tokens of a company, administrators first."""
        return tuple(dict.fromkeys([*self.everywhere, *self.companies.get(company, ())]))

    def is_company_admin(self, address: str) -> bool:
        return any(address in admins for admins in self.companies.values())


def overseers() -> Overseers:
    """All of them with an active account, in one query."""
    everywhere: set[str] = set()
    companies: dict[UUID, list[str]] = defaultdict(list)
    rows = Account.objects.filter(
        Q(role=Role.ADMINISTRATOR.value) | Q(memberships__role=_ADMIN), is_active=True
    ).values_list("email", "role", "memberships__company", "memberships__role")
    for email, role, company, member_role in rows:
        if role == Role.ADMINISTRATOR.value:
            everywhere.add(email.lower())
        elif member_role == _ADMIN:
            companies[company].append(email.lower())
    return Overseers(
        tuple(sorted(everywhere)),
        {company: tuple(sorted(admins)) for company, admins in companies.items()},
    )


def has_account(address: str) -> bool:
    """Whether the reader at this address can sign in, and so see pages of their own."""
    return Account.objects.filter(email__iexact=address, is_active=True).exists()
