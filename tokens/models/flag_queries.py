"""Each flag of `tokens.policy.flags` as a condition on columns, with `now` as a parameter.

A list, a count and a filter use these and never loop in Python. That they say the same as the pure
rules is held by hypothesis in tests/models/test_flag_queries.py, on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tokens.models.exceptions import ExceptedFlag
from tokens.models.inventory import Company, Integration, Person
from tokens.models.lifecycle import Compromise, Revocation
from tokens.models.policy_queries import by_policy
from tokens.policy.book import InForce
from tokens.policy.days import midnight, utc_day
from tokens.policy.exceptions import MAY_BE_EXCEPTED
from tokens.policy.logs import FRESH
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import INACTIVE, Flag, Health, Proof, State

ACTIVE = Q(state=State.ACTIVE.value)
REPLACED = Q(state=State.REPLACED.value)
IN_FORCE = ACTIVE | REPLACED
#: Of tokens in force: what was erased is held no more (services.erase_company).
HELD = Q(secret__fingerprint__isnull=False, secret__destroyed_at__isnull=True)
FAILING = Q(secret__health=Health.FAILING.value)
LOST_PERMISSION = Q(
    secret__permission_lost_at__isnull=False, secret__health=Health.INSUFFICIENT.value
)
EVER_EXCEPTED = ~Q(excepted_words="")
ACCEPTED_BEFORE = Q(secret__last_accepted_at__isnull=False)
# What few rows say is asked as "is it one of those", which costs a look-up in a small set: a join
# would be made for every token that is counted, whether the flag is in question or not.
COMPROMISED = Q(secret__in=Compromise.objects.values("secret"))
CONTRADICTED = Q(
    secret__in=Revocation.objects.filter(proof=Proof.CONTRADICTED.value).values("secret")
)
CLOSED = Q(company__in=Company.objects.filter(workspace_type=INACTIVE))


def _expiring(rules: Rules, now: datetime) -> Q:
    today = midnight(utc_day(now))
    return ACTIVE & Q(due_at__gte=today, due_at__lt=today + timedelta(days=rules.warn_days + 1))


def _overdue(rules: Rules, now: datetime) -> Q:
    return ACTIVE & Q(due_at__lt=midnight(utc_day(now)))


def _stale(rules: Rules, now: datetime) -> Q:
    horizon = now - timedelta(hours=rules.stale_hours)
    conclusive = Q(secret__last_conclusive_at__isnull=True) | Q(
        secret__last_conclusive_at__lt=horizon
    )
    return IN_FORCE & HELD & Q(stored_at__lt=horizon) & conclusive


def _unused(rules: Rules, now: datetime) -> Q:
    horizon = now - timedelta(days=rules.unused_days)
    unseen = Q(secret__last_used_at__isnull=True) | Q(secret__last_used_at__lt=horizon)
    old = (Q(issued_at__isnull=True) | Q(issued_at__lt=horizon)) & Q(stored_at__lt=horizon)
    reports = Q(integration__in=Integration.objects.filter(first_reported_at__isnull=False))
    headers = Q(secret__headers_live_until__gt=now)
    logs = Q(secret__logs_cover_since__lte=horizon, secret__logs_cover_until__gt=now - FRESH)
    return ACTIVE & old & unseen & (reports | headers | logs)


def _gone(person: str) -> Callable[[Rules, datetime], Q]:
    def query(rules: Rules, now: datetime) -> Q:
        today = utc_day(now)
        gone = Person.objects.filter(Q(left_on__lte=today) | Q(leaving_on__lt=today))
        return ACTIVE & Q(**{f"{person}__in": gone})

    return query


def _not_revoked(rules: Rules, now: datetime) -> Q:
    return REPLACED & Q(replaced_at__lt=now - timedelta(days=rules.overlap_days))


def excepted(now: datetime, flag: Flag | None = None) -> Q:
    """Tokens with an exception in force, of this flag where one is given."""
    return _named_by_exception(flag, until__gte=utc_day(now))


def _named_by_exception(flag: Flag | None, **days: Any) -> Q:
    of_flag = {} if flag is None else {"flag": flag.value}
    # Most tokens never had an exception, which their own row says already.
    return EVER_EXCEPTED & Q(
        pk__in=ExceptedFlag.objects.filter(**of_flag, **days).values("token_id")
    )


def _exception_ended(rules: InForce, now: datetime) -> Q:
    today, back = utc_day(now), Q()
    for flag in sorted(MAY_BE_EXCEPTED):
        back |= _named_by_exception(flag, until__lt=today) & by_itself(flag, rules, now)
    return EVER_EXCEPTED & back


#: What stands by itself; `flagged` says what is left of it under the exceptions in force.
FLAG_QUERIES: dict[Flag, Callable[[Rules, datetime], Q]] = {
    Flag.COMPROMISED: lambda rules, now: IN_FORCE & COMPROMISED,
    Flag.EXPIRING: _expiring,
    Flag.OVERDUE: _overdue,
    Flag.FAILING: lambda rules, now: ACTIVE & FAILING & ~ACCEPTED_BEFORE,
    Flag.UNRECORDED_REVOCATION: lambda rules, now: IN_FORCE & FAILING & ACCEPTED_BEFORE,
    Flag.INSUFFICIENT: lambda rules, now: ACTIVE & Q(secret__health=Health.INSUFFICIENT.value),
    Flag.UNUSED: _unused,
    Flag.STALE: _stale,
    Flag.SHARED: lambda rules, now: IN_FORCE & Q(secret__is_shared=True),
    Flag.MIXED_ENVIRONMENTS: lambda rules, now: IN_FORCE & Q(secret__mixes_environments=True),
    Flag.COMPANY_MISMATCH: lambda rules, now: ACTIVE & Q(company_mismatch=True),
    Flag.OWNERLESS: lambda rules, now: ACTIVE & Q(owner__isnull=True),
    Flag.OWNER_LEFT: _gone("owner"),
    Flag.CREATOR_LEFT: _gone("created_by"),
    Flag.PERMISSION_CHANGED: lambda rules, now: ACTIVE & LOST_PERMISSION,
    Flag.WORKSPACE_INACTIVE: lambda rules, now: ACTIVE & CLOSED,
    Flag.AGE_UNKNOWN: lambda rules, now: ACTIVE & Q(issued_at__isnull=True),
    Flag.NOT_HELD: lambda rules, now: ACTIVE & ~HELD,
    Flag.NOT_REVOKED: _not_revoked,
    Flag.REVOCATION_CONTRADICTED: lambda rules, now: Q(state=State.REVOKED.value) & CONTRADICTED,
    Flag.EXCEPTION_ENDED: _exception_ended,
}


def flagged(flag: Flag, *, rules: InForce, now: datetime, column: str = "policy") -> Q:
    """The condition on `Token` under which it carries `flag` at `now`, by each one's own policy.

    `column` says which policy that is, where it is not the one in force.
    """
    if flag is Flag.EXCEPTION_ENDED:
        return _exception_ended(rules, now)
    return without_excepted(flag, by_itself(flag, rules, now, column), now)


def without_excepted(flag: Flag, asked: Q, now: datetime) -> Q:
    """What is left of a flag's condition under the exceptions in force."""
    return asked & ~excepted(now, flag) if flag in MAY_BE_EXCEPTED else asked


def by_itself(flag: Flag, rules: InForce, now: datetime, column: str = "policy") -> Q:
    """The condition of a flag whatever is excepted."""
    return by_policy(rules, lambda own: FLAG_QUERIES[flag](own, now), column=column)
