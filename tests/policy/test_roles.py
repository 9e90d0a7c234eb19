import pytest

from tokens.policy.roles import ALLOWED, Permission, allows
from tokens.policy.vocabulary import Role

#: A reviewer decides on tokens that somebody asked them about, whatever their role.
READING = {"view", "export", "identify", "review"}


@pytest.mark.parametrize("permission", list(Permission))
def test_administrators_may_all_and_auditors_read(permission: Permission) -> None:
    assert allows(Role.ADMINISTRATOR, permission)
    assert allows("auditor", permission) is (permission.value in READING)


@pytest.mark.parametrize("role", ["", "Administrator", "root", "auditor "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(allows(role, permission) for permission in Permission)


def test_every_role_is_classified() -> None:
    assert set(ALLOWED) == set(Role)
