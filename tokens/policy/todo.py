"""The page people live in: which tasks a token asks for, and in which order.

Source: issue 2, "See". One row per token and task, however many flags.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Literal

from tokens.policy.flags import TokenFacts
from tokens.policy.vocabulary import Environment, Flag

Tone = Literal["red", "amber", "grey", "blue"]


class Kind(StrEnum):
    """Tasks in the order of the page."""

    COMPROMISED = "compromised"
    CONTRADICTED = "contradicted"
    FAILING_PRODUCTION = "failing_production"
    UNRECORDED_REVOCATION = "unrecorded_revocation"
    OVERDUE = "overdue"
    NOT_REVOKED = "not_revoked"
    FAILING_DEVELOPMENT = "failing_development"
    CREATOR_LEFT = "creator_left"
    PERMISSION_CHANGED = "permission_changed"
    EXCEPTION_ENDED = "exception_ended"
    DUE = "due"
    OWNERLESS = "ownerless"
    OWNER_LEFT = "owner_left"
    DENIED = "denied"
    EXCEPTION_WAITS = "exception_waits"
    APPROVAL_WAITS = "approval_waits"
    LEAVING = "leaving"
    RECONCILE = "reconcile"


#: Place on the page, 0 first.
RANK: dict[Kind, int] = {kind: place for place, kind in enumerate(Kind)}

TONE: dict[Kind, Tone] = {
    Kind.COMPROMISED: "red",
    Kind.CONTRADICTED: "red",
    Kind.FAILING_PRODUCTION: "red",
    Kind.UNRECORDED_REVOCATION: "red",
    Kind.OVERDUE: "red",
    Kind.NOT_REVOKED: "amber",
    Kind.FAILING_DEVELOPMENT: "amber",
    Kind.CREATOR_LEFT: "amber",
    Kind.PERMISSION_CHANGED: "amber",
    Kind.EXCEPTION_ENDED: "amber",
    Kind.DUE: "amber",
    Kind.OWNERLESS: "grey",
    Kind.OWNER_LEFT: "grey",
    Kind.DENIED: "amber",
    Kind.EXCEPTION_WAITS: "blue",
    Kind.APPROVAL_WAITS: "blue",
    Kind.LEAVING: "blue",
    Kind.RECONCILE: "blue",
}

_BY_FLAG: dict[Flag, Kind] = {
    Flag.COMPROMISED: Kind.COMPROMISED,
    Flag.REVOCATION_CONTRADICTED: Kind.CONTRADICTED,
    Flag.UNRECORDED_REVOCATION: Kind.UNRECORDED_REVOCATION,
    Flag.OVERDUE: Kind.OVERDUE,
    Flag.NOT_REVOKED: Kind.NOT_REVOKED,
    Flag.CREATOR_LEFT: Kind.CREATOR_LEFT,
    Flag.PERMISSION_CHANGED: Kind.PERMISSION_CHANGED,
    Flag.EXCEPTION_ENDED: Kind.EXCEPTION_ENDED,
    Flag.EXPIRING: Kind.DUE,
    Flag.OWNERLESS: Kind.OWNERLESS,
    Flag.OWNER_LEFT: Kind.OWNER_LEFT,
}

#: Reasons to rotate, the most urgent first: a token is asked for its rotation once.
TO_ROTATE = (
    Kind.COMPROMISED,
    Kind.OVERDUE,
    Kind.CREATOR_LEFT,
    Kind.PERMISSION_CHANGED,
    Kind.DUE,
)
#: Tasks beside which `not_revoked` has nothing to add.
ASKS_TO_REVOKE = frozenset({Kind.COMPROMISED, Kind.UNRECORDED_REVOCATION})


def task_for(flags: Collection[Flag], facts: TokenFacts) -> list[Kind]:
    """The tasks of one token, in the page's order. `reconcile` is a company's, `leaving` a
    person's, `denied` an access review's and `exception_waits` and `approval_waits` of
    whoever decides, never a token's.

    `not_revoked` yields to `unrecorded_revocation`: who is asked to revoke in Coolset what Coolset
    refuses already was sent for nothing; recording it is the one task, with the one button. It
    yields to `compromised` too, which asks for the same today.
    """
    kinds = {_BY_FLAG[flag] for flag in flags if flag in _BY_FLAG}
    if Flag.FAILING in flags:
        production = facts.environment is Environment.PRODUCTION
        kinds.add(Kind.FAILING_PRODUCTION if production else Kind.FAILING_DEVELOPMENT)
    if kinds & ASKS_TO_REVOKE:
        kinds.discard(Kind.NOT_REVOKED)
    kinds.difference_update([kind for kind in TO_ROTATE if kind in kinds][1:])
    return sorted(kinds, key=RANK.__getitem__)
