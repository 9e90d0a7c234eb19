"""Who may do what, and of which companies.

Source: issue 2 (administrator, and auditor, who reads) and issue 4 (roles per company: viewer,
auditor, operator, company admin).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from tokens.policy.vocabulary import CompanyRole, Role


class Permission(StrEnum):
    """One word per act that pages and API guard. `own`: one's own account, password, sign-ins."""

    OWN = "own"
    VIEW = "view"
    EXPORT = "export"
    IDENTIFY = "identify"
    LEAKS = "leaks"
    REGISTER = "register"
    ROTATE = "rotate"
    REVOKE = "revoke"
    EDIT = "edit"
    RECONCILE = "reconcile"
    CHECK = "check"
    KEYS = "keys"
    POLICY = "policy"
    PEOPLE = "people"
    END_HOLD = "end_hold"
    EXCEPT = "except"
    CHANNELS = "channels"
    REVIEW = "review"
    ASK_REVIEW = "ask_review"
    MEMBERS = "members"


_OWN = frozenset({Permission.OWN})
_READS = frozenset({Permission.VIEW})
_AUDITS = _READS | {Permission.EXPORT, Permission.IDENTIFY, Permission.REVIEW}
_OPERATES = _READS | {
    Permission.IDENTIFY,
    Permission.REGISTER,
    Permission.ROTATE,
    Permission.REVOKE,
    Permission.EDIT,
    Permission.RECONCILE,
    Permission.CHECK,
}

#: Of the whole organisation. A member may nothing by that alone.
ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.AUDITOR: _OWN | _AUDITS,
    Role.MEMBER: _OWN,
}
#: Of one company. What concerns all of them (policies, channels, accounts, keys) is in no row.
ALLOWED_IN_COMPANY: dict[CompanyRole, frozenset[Permission]] = {
    CompanyRole.VIEWER: _READS,
    CompanyRole.AUDITOR: _AUDITS,
    CompanyRole.OPERATOR: _OPERATES,
    CompanyRole.ADMIN: _OPERATES | _AUDITS | {Permission.EXCEPT, Permission.MEMBERS},
}


@dataclass(frozen=True, slots=True)
class Reach:
    """The companies that something may touch; None: all of them, and what belongs to none."""

    companies: frozenset[UUID] | None

    @property
    def whole(self) -> bool:
        return self.companies is None

    def includes(self, company: UUID | None) -> bool:
        """Whether this company is within it; what belongs to no company only where all are."""
        return self.companies is None or (company is not None and company in self.companies)


EVERYTHING = Reach(None)
NOTHING = Reach(frozenset())


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may: `everywhere` in the whole organisation, `companies` beyond that in each.

    An account has them by its roles, a script by its key.
    """

    everywhere: frozenset[Permission] = frozenset()
    companies: Mapping[UUID, frozenset[Permission]] = field(default_factory=dict)

    def reach(self, permission: Permission) -> Reach:
        """Where this may be done; empty: nowhere."""
        if permission in self.everywhere:
            return EVERYTHING
        return Reach(frozenset(key for key, may in self.companies.items() if permission in may))

    def allows(self, permission: Permission) -> bool:
        """Whether this may be done anywhere at all."""
        return permission in self.everywhere or any(
            permission in may for may in self.companies.values()
        )

    def in_company(self, company: UUID | None) -> frozenset[Permission]:
        """All that may be done with what belongs to this company."""
        here = self.companies.get(company, frozenset()) if company is not None else frozenset()
        return self.everywhere | here


def rights_of(role: str, companies: Mapping[UUID, str]) -> Rights:
    """The rights of an account; an unknown role of either kind may nothing."""
    return Rights(
        ALLOWED[Role(role)] if role in ALLOWED else frozenset(),
        {
            company: ALLOWED_IN_COMPANY[CompanyRole(word)]
            for company, word in companies.items()
            if word in ALLOWED_IN_COMPANY
        },
    )


def allows(role: str, permission: Permission) -> bool:
    """Whether a role of the organisation may, everywhere; an unknown one may nothing."""
    return permission in rights_of(role, {}).everywhere
