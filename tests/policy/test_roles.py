from uuid import UUID

import pytest

from tokens.policy.roles import (
    ALLOWED,
    ALLOWED_IN_COMPANY,
    EVERYTHING,
    Permission,
    Reach,
    Rights,
    allows,
    rights_of,
)
from tokens.policy.vocabulary import CompanyRole, Role

#: A reviewer decides on tokens that somebody asked them about, whatever their role.
READING = {"own", "view", "export", "identify", "review"}
OPERATING = {"view", "identify", "register", "rotate", "revoke", "edit", "reconcile", "check"}
IN_COMPANY = {
    "viewer": {"view"},
    "auditor": {"view", "export", "identify", "review"},
    "operator": OPERATING,
    "company_admin": OPERATING | {"export", "review", "except", "members"},
}
A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("permission", list(Permission))
def test_administrators_may_all_and_auditors_read(permission: Permission) -> None:
    assert allows(Role.ADMINISTRATOR, permission)
    assert allows("auditor", permission) is (permission.value in READING)
    assert allows("member", permission) is (permission is Permission.OWN)


@pytest.mark.parametrize("role", ["", "Administrator", "root", "auditor "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(allows(role, permission) for permission in Permission)
    assert rights_of("member", {A: role}).companies == {}


def test_every_role_is_classified() -> None:
    assert set(ALLOWED) == set(Role)
    assert set(ALLOWED_IN_COMPANY) == set(CompanyRole)


@pytest.mark.parametrize(("role", "may"), IN_COMPANY.items())
def test_what_a_role_in_a_company_allows_there_and_nowhere_else(role: str, may: set[str]) -> None:
    rights = rights_of("member", {A: role})
    for permission in Permission:
        allowed = permission.value in may
        assert rights.reach(permission).includes(A) is (allowed or permission is Permission.OWN)
        assert rights.reach(permission).includes(B) is (permission is Permission.OWN)
        assert rights.allows(permission) is (allowed or permission is Permission.OWN)
        assert (permission in rights.in_company(A)) is (allowed or permission is Permission.OWN)


def test_roles_of_both_kinds_add_up() -> None:
    rights = rights_of("auditor", {A: "operator"})
    assert rights.reach(Permission.VIEW) == EVERYTHING
    assert rights.reach(Permission.ROTATE) == Reach(frozenset({A}))
    assert Permission.EXPORT in rights.in_company(B)
    assert Permission.ROTATE not in rights.in_company(B)


def test_what_belongs_to_no_company_is_in_reach_of_all_alone() -> None:
    assert EVERYTHING.includes(None)
    assert not Reach(frozenset({A})).includes(None)
    assert Rights().in_company(None) == frozenset()
