"""Who may do what. Source: issue 2: administrator, and auditor (read-only)."""

from enum import StrEnum

from tokens.policy.vocabulary import Role


class Permission(StrEnum):
    """One word per act that pages and API guard."""

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


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.AUDITOR: frozenset(
        {Permission.VIEW, Permission.EXPORT, Permission.IDENTIFY, Permission.REVIEW}
    ),
}


def allows(role: str, permission: Permission) -> bool:
    """Whether a role may; an unknown role may nothing."""
    return role in ALLOWED and permission in ALLOWED[Role(role)]
