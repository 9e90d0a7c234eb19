"""Flags: what is wrong with a token, one small function each.

Source: shared/interfaces.md, "Flags". "A flag that cries wolf is worse than none": every one has
its states, its moment and its evidence, and says nothing where it cannot tell.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from tokens.policy.days import days_left, utc_day
from tokens.policy.exceptions import Excepted, come_back, in_force, is_silenced
from tokens.policy.logs import Cover
from tokens.policy.not_revoked import is_late
from tokens.policy.people import is_gone
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Environment, Flag, Health, Proof, State

# A row's facts are made and asked 25,000 times a second by an export: a frozen dataclass takes ten
# times as long to make as a tuple, and a member of an enumeration as long to look up as to compare.
_ACTIVE, _REVOKED = State.ACTIVE, State.REVOKED
_FAILING, _INSUFFICIENT = Health.FAILING, Health.INSUFFICIENT
_CONTRADICTED = Proof.CONTRADICTED


class TokenFacts(NamedTuple):
    """All that the flags of one token depend on, besides the rules and the clock.

    owner_gone_from and creator_gone_from: see people.gone_from.
    permission_lost: Coolset answered 200 before and 403 since.
    compromised_at: since when its value counts as compromised.
    excepted: flags that approved exceptions name, with their last days, past ones too.

    held: there is a value, or was one before it was destroyed after its revocation was proved.
    integration_reports: its integration has reported use before.
    headers_live_until: see usage.headers_live_until.
    logs: what imported logs cover; see logs.Cover.
    """

    state: State
    environment: Environment
    due_at: datetime
    issued_at: datetime | None
    stored_at: datetime
    replaced_at: datetime | None
    has_owner: bool
    held: bool
    health: Health
    accepted_before: bool
    last_conclusive_at: datetime | None
    last_used_at: datetime | None
    integration_reports: bool
    headers_live_until: datetime | None
    logs: Cover | None = None
    shared: bool = False
    mixed_environments: bool = False
    company_mismatch: bool = False
    proof: Proof = Proof.NONE
    owner_gone_from: date | None = None
    creator_gone_from: date | None = None
    permission_lost: bool = False
    workspace_inactive: bool = False
    compromised_at: datetime | None = None
    excepted: Excepted = ()


FlagRule = Callable[[TokenFacts, Rules, datetime], bool]

# The terms of a policy are few; making one anew costs more than all else that a rule does.
_days = lru_cache(timedelta)


@lru_cache
def _hours(count: int) -> timedelta:
    return timedelta(hours=count)


def can_tell_use(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    """Whether a source that can see use is live; where not, pages say "cannot tell"."""
    if facts.integration_reports:
        return True
    if facts.headers_live_until is not None and now < facts.headers_live_until:
        return True
    return facts.logs is not None and facts.logs.is_live(unused_days=rules.unused_days, now=now)


def _active(facts: TokenFacts) -> bool:
    return facts.state is _ACTIVE


def _in_force(facts: TokenFacts) -> bool:
    """Active or replaced: as far as we were told, Coolset still accepts it."""
    return facts.state is not _REVOKED


# What few tokens have is asked first: the rest of a rule is then asked of few.


def _compromised(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.compromised_at is not None and _in_force(facts)


def _expiring(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return _active(facts) and 0 <= days_left(facts.due_at, now) <= rules.warn_days


def _overdue(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return _active(facts) and days_left(facts.due_at, now) < 0


def _failing(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.health is _FAILING and _active(facts) and not facts.accepted_before


def _unrecorded_revocation(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.health is _FAILING and _in_force(facts) and facts.accepted_before


def _insufficient(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.health is _INSUFFICIENT and _active(facts)


def _unused(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    if not (_active(facts) and can_tell_use(facts, rules, now)):
        return False
    stored = facts.stored_at
    since = max(facts.issued_at or stored, stored, facts.last_used_at or stored)
    return now - since > _days(rules.unused_days)


def _stale(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    since = max(facts.last_conclusive_at or facts.stored_at, facts.stored_at)
    return now - since > _hours(rules.stale_hours) and facts.held and _in_force(facts)


def _shared(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.shared and _in_force(facts)


def _mixed_environments(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.mixed_environments and _in_force(facts)


def _company_mismatch(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.company_mismatch and _active(facts)


def _ownerless(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return not facts.has_owner and _active(facts)


def _owner_left(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    gone = facts.owner_gone_from
    return gone is not None and _active(facts) and is_gone(gone, utc_day(now))


def _creator_left(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    gone = facts.creator_gone_from
    return gone is not None and _active(facts) and is_gone(gone, utc_day(now))


def _permission_changed(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.permission_lost and facts.health is _INSUFFICIENT and _active(facts)


def _workspace_inactive(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.workspace_inactive and _active(facts)


def _age_unknown(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.issued_at is None and _active(facts)


def _not_held(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return not facts.held and _active(facts)


def _not_revoked(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.replaced_at is not None and is_late(facts.state, facts.replaced_at, rules, now)


def _revocation_contradicted(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    return facts.proof is _CONTRADICTED and facts.state is _REVOKED


def _exception_ended(facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    if not facts.excepted:
        return False
    raw = [flag for flag, _ in facts.excepted if FLAG_RULES[flag](facts, rules, now)]
    return bool(come_back(facts.excepted, raw, utc_day(now)))


#: What stands by itself; `stands` says what is left of it under the exceptions in force.
FLAG_RULES: dict[Flag, FlagRule] = {
    Flag.COMPROMISED: _compromised,
    Flag.EXPIRING: _expiring,
    Flag.OVERDUE: _overdue,
    Flag.FAILING: _failing,
    Flag.UNRECORDED_REVOCATION: _unrecorded_revocation,
    Flag.INSUFFICIENT: _insufficient,
    Flag.UNUSED: _unused,
    Flag.STALE: _stale,
    Flag.SHARED: _shared,
    Flag.MIXED_ENVIRONMENTS: _mixed_environments,
    Flag.COMPANY_MISMATCH: _company_mismatch,
    Flag.OWNERLESS: _ownerless,
    Flag.OWNER_LEFT: _owner_left,
    Flag.CREATOR_LEFT: _creator_left,
    Flag.PERMISSION_CHANGED: _permission_changed,
    Flag.WORKSPACE_INACTIVE: _workspace_inactive,
    Flag.AGE_UNKNOWN: _age_unknown,
    Flag.NOT_HELD: _not_held,
    Flag.NOT_REVOKED: _not_revoked,
    Flag.REVOCATION_CONTRADICTED: _revocation_contradicted,
    Flag.EXCEPTION_ENDED: _exception_ended,
}
_BY_WORD = sorted(FLAG_RULES.items())


def stands(flag: Flag, facts: TokenFacts, rules: Rules, now: datetime) -> bool:
    """Whether a flag stands and no exception in force names it."""
    if facts.excepted and is_silenced(flag, facts.excepted, utc_day(now)):
        return False
    return FLAG_RULES[flag](facts, rules, now)


def silenced(facts: TokenFacts, rules: Rules, now: datetime) -> tuple[tuple[Flag, date], ...]:
    """What would stand but for an exception in force, with its last day."""
    quiet = in_force(facts.excepted, utc_day(now)) if facts.excepted else ()
    return tuple((flag, until) for flag, until in quiet if FLAG_RULES[flag](facts, rules, now))


def flags(facts: TokenFacts, rules: Rules, now: datetime) -> tuple[Flag, ...]:
    """The flags that stand at `now`, sorted by their word."""
    if facts.excepted:
        return tuple(flag for flag, _ in _BY_WORD if stands(flag, facts, rules, now))
    return tuple([flag for flag, rule in _BY_WORD if rule(facts, rules, now)])


#: What takes a token out of policy.
OUT_OF_POLICY = (Flag.COMPROMISED, Flag.OVERDUE, Flag.FAILING, Flag.UNRECORDED_REVOCATION)


def within_policy(facts: TokenFacts, rules: Rules, now: datetime) -> bool | None:
    """Whether a token keeps the policy; None where it does not count into the denominator.

    Not counted: what is not active, of unknown age, or not held, since nobody can tell; and what
    has an exception in force, unless something that is not excepted takes it out of policy.
    """
    if not _active(facts) or facts.issued_at is None or not facts.held:
        return None
    if any(stands(flag, facts, rules, now) for flag in OUT_OF_POLICY):
        return False
    return None if in_force(facts.excepted, utc_day(now)) else True
