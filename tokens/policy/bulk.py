"""What is done to many tokens at once, and which of them are passed over, with the reason.

Source: issue 3, "Onboarding": bulk actions with a preview of what will happen. The rules are those
of the same act on one token (shared/interfaces.md); here they are told instead of raised, so that
one token that cannot follow does not stop the others.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Proof, State


class BulkAction(StrEnum):
    """The words stand in addresses and in the API."""

    CHECK = "check"
    OWNER = "owner"
    REVOCATION = "revocation"
    POLICY = "policy"


#: Who may do it: the same permission as for one token.
PERMISSIONS: dict[BulkAction, Permission] = {
    BulkAction.CHECK: Permission.CHECK,
    BulkAction.OWNER: Permission.EDIT,
    BulkAction.REVOCATION: Permission.REVOKE,
    BulkAction.POLICY: Permission.POLICY,
}


class Skip(StrEnum):
    """Why a token is passed over."""

    NOT_HELD = "not_held"
    DESTROYED = "destroyed"
    SAMPLE = "sample"
    THROTTLED = "throttled"
    REVOKED = "revoked"
    RECORDED = "recorded"
    OWNED = "owned"
    ASSIGNED = "assigned"
    GONE = "gone"
    OUT_OF_SIGHT = "out_of_sight"


#: The same as the end of a sentence about the token.
SKIP_WORDS: dict[Skip, str] = {
    Skip.NOT_HELD: "its value is not held here, so it cannot be checked",
    Skip.DESTROYED: "its value was destroyed, so it cannot be checked any more",
    Skip.SAMPLE: "it is sample data, which is never sent to Coolset",
    Skip.THROTTLED: "Coolset asked us to wait; it is checked by itself after that",
    Skip.REVOKED: "it is revoked, so nothing about it changes any more",
    Skip.RECORDED: "its revocation is recorded already",
    Skip.OWNED: "it has this owner already",
    Skip.ASSIGNED: "it has this policy already",
    Skip.GONE: "there is no such token any more",
    Skip.OUT_OF_SIGHT: "its value is stored in a company that you cannot see; an administrator can",
}

#: What is done to a value, and so to every token that holds it, in whichever company.
TOUCHES_VALUES = frozenset({BulkAction.REVOCATION})


@dataclass(frozen=True, slots=True)
class BulkFacts:
    """What decides. `due` is whether checks of its secret are planned at all; sample data has none.

    `owner` is an e-mail or empty; `policy` the id of the policy assigned to it, or empty.
    """

    state: State
    held: bool
    destroyed: bool
    due: bool
    throttled_until: datetime | None
    proof: Proof
    owner: str = ""
    policy: str = ""


def skipped(
    action: BulkAction, facts: BulkFacts, now: datetime, *, wanted: str | None = None
) -> Skip | None:
    """Why this token is passed over, or None where the act is done to it.

    `wanted` is the new owner's e-mail or the new policy's id, each empty for none; None while
    nobody has said it yet.
    """
    if action is BulkAction.CHECK:
        return _check(facts, now)
    if action is BulkAction.REVOCATION:
        # What was contradicted may be recorded again: somebody revoked it once more.
        recorded = facts.proof not in {Proof.NONE, Proof.CONTRADICTED}
        return Skip.RECORDED if recorded else None
    if facts.state is State.REVOKED:
        return Skip.REVOKED
    if action is BulkAction.OWNER:
        return Skip.OWNED if facts.owner == wanted else None
    return Skip.ASSIGNED if facts.policy == wanted else None


def _check(facts: BulkFacts, now: datetime) -> Skip | None:
    if not facts.held:
        return Skip.NOT_HELD
    if facts.destroyed:
        return Skip.DESTROYED
    if not facts.due:
        return Skip.SAMPLE
    if facts.throttled_until is not None and facts.throttled_until > now:
        return Skip.THROTTLED
    return None
