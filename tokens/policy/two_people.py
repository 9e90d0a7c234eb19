"""The two-person rule: what one person asks for and another has to approve before it is done.

Source: issue 4, "Two-person rule, switchable". The host says for what it holds (TWO_PERSON_RULE),
so that no single administrator switches it off. Exceptions have a rule of their own, always on
(policy.exceptions). What is safe stays with one person: ending a key, marking a leak.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tokens.policy.roles import Permission


class Rule(StrEnum):
    """What the rule may be switched on for; the words of TWO_PERSON_RULE."""

    REVOCATION = "revocation"
    KEYS = "keys"


class Kind(StrEnum):
    """What is asked for."""

    REVOCATION = "revocation"
    REVOCATIONS = "revocations"  # of several tokens at once
    API_KEY = "api_key"
    USAGE_KEY = "usage_key"


class Outcome(StrEnum):
    """What became of a request, as it is stored."""

    ASKED = "asked"
    APPROVED = "approved"  # a revocation is recorded with that; a key waits to be collected
    COLLECTED = "collected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody decided, or nobody collected, in time
    OVERTAKEN = "overtaken"  # it was done meanwhile, and nothing was left to approve


class Act(StrEnum):
    """What may be done with a request that waits."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: The permission to do it is the permission to ask for it, and to approve what another asks for.
PERMISSION: dict[Kind, Permission] = {
    Kind.REVOCATION: Permission.REVOKE,
    Kind.REVOCATIONS: Permission.REVOKE,
    Kind.API_KEY: Permission.KEYS,
    Kind.USAGE_KEY: Permission.KEYS,
}
RULE: dict[Kind, Rule] = {
    Kind.REVOCATION: Rule.REVOCATION,
    Kind.REVOCATIONS: Rule.REVOCATION,
    Kind.API_KEY: Rule.KEYS,
    Kind.USAGE_KEY: Rule.KEYS,
}
#: Approved, they are collected by whoever asked, and by nobody else.
COLLECTED = frozenset({Kind.API_KEY, Kind.USAGE_KEY})
#: So long a request waits for a decision, and an approved key for its collection.
WAITS = timedelta(days=7)
#: So many tokens stand in one request: a second person has to be able to look at them.
MOST_TOKENS = 500
#: What the audit trail says of an act that needed nobody else, since the host's own user did it.
EXEMPT = "exempt, done on the host"
#: Kinds of actors that the rule holds for; commands and the product itself are the host's own.
HELD = frozenset({"account", "api_key"})


@dataclass(frozen=True, slots=True)
class Agreed:
    """Two people, by their e-mail addresses: one asked for it, the other approved."""

    asked_by: str
    approved_by: str

    def __post_init__(self) -> None:
        if not self.asked_by or not self.approved_by or self.asked_by == self.approved_by:
            raise ValueError("these are not two people")


def read_rule(words: Iterable[str]) -> frozenset[Rule]:
    """From the words of the environment. Raises ValueError, which names those that are known."""
    given = {word.strip().lower() for word in words} - {""}
    known = {rule.value for rule in Rule}
    if not given <= known:
        raise ValueError("may name " + " and ".join(sorted(known, reverse=True)) + ", nothing else")
    return frozenset(Rule(word) for word in given)


def needs_another(rule: Rule, in_force: Collection[Rule], actor_kind: str) -> bool:
    """Whether this actor has to find somebody who approves."""
    return rule in in_force and actor_kind in HELD


def is_open(outcome: Outcome, kind: Kind, *, expires_at: datetime, now: datetime) -> bool:
    """Whether something is still to be done with it: to decide, or to collect."""
    if now >= expires_at:
        return False
    return outcome is Outcome.ASKED or (outcome is Outcome.APPROVED and kind in COLLECTED)


def standing(outcome: Outcome, kind: Kind, *, expires_at: datetime, now: datetime) -> Outcome:
    """Where it stands: as stored, or lapsed although nobody has written that down yet."""
    open_once = is_open(outcome, kind, expires_at=expires_at, now=expires_at - WAITS)
    return Outcome.LAPSED if open_once and now >= expires_at else outcome
