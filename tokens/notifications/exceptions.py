"""What people are told of an exception: that it waits, that it ends soon, that it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from functools import reduce
from operator import or_
from uuid import UUID

from tokens.models import Notice, PolicyException, Token
from tokens.models.flag_queries import by_itself, flagged
from tokens.notifications.audience import members_who_may
from tokens.policy.book import InForce
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Decision, Standing, ends_soon, standing
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Flag


class Say(IntEnum):
    """Thresholds of the ledger: each is told once of one exception."""

    WAITS = 0
    ENDS_SOON = 1
    ENDED = 2
    DECIDED = 3


#: Decisions that who asked did not make.
_DECIDED = frozenset({Decision.APPROVED.value, Decision.REFUSED.value})


def exception_occasion(exception: PolicyException) -> str:
    """The ledger's occasion: which one, in hexadecimal."""
    return exception.pk.hex


def what_to_say(exception: PolicyException, rules: InForce, now: datetime) -> Say | None:
    """What is true of it now and worth a mail; of its end only where it silences something.

    Of one that was short from the beginning nobody is told that it ends soon.
    """
    today = utc_day(now)
    stands = standing(exception.facts(), today)
    if stands is Standing.WAITING:
        return Say.WAITS
    if stands is Standing.IN_FORCE and _began_long_before(exception):
        soon = ends_soon(exception.ends_on, today)
        return Say.ENDS_SOON if soon and _silences(exception, rules, now) else None
    if stands is Standing.OVER:
        back = flagged(Flag.EXCEPTION_ENDED, rules=rules, now=now)
        if Token.objects.filter(back, pk=exception.token_id).exists():
            return Say.ENDED
    return None


def _began_long_before(exception: PolicyException) -> bool:
    decided = exception.decided_at
    return decided is not None and not ends_soon(exception.ends_on, utc_day(decided))


def _silences(exception: PolicyException, rules: InForce, now: datetime) -> bool:
    named = (by_itself(flag, rules, now) for flag in exception.named)
    return Token.objects.filter(reduce(or_, named), pk=exception.token_id).exists()


def exception_readers(
    exception: PolicyException, say: Say, told_admins: Sequence[str]
) -> tuple[str, ...]:
    """Who may decide where it waits, who asked once that is done; else owner and asker."""
    if say is Say.WAITS:
        here = members_who_may(Permission.EXCEPT, [exception.token.company_id])
        able = [*told_admins, *sorted(address for _, address in here)]
        return tuple(dict.fromkeys(each for each in able if each != exception.asked_by))
    if say is Say.DECIDED:
        return (exception.asked_by,)
    owner = exception.token.owner
    owners = [owner.email.lower()] if owner else []
    return tuple(dict.fromkeys([*owners, exception.asked_by]))


def readers_of_notice(notice: Notice, told_admins: Sequence[str]) -> tuple[str, ...]:
    """Who may be told what a notice says, as things are now."""
    found = exception_named(notice)
    return () if found is None else exception_readers(found, Say(notice.threshold), told_admins)


def exception_of(notice: Notice, rules: InForce, now: datetime) -> PolicyException | None:
    """The exception of a notice, as long as what it says is true."""
    found = exception_named(notice)
    if found is None:
        return None
    if notice.threshold == Say.DECIDED:
        return found if found.decision in _DECIDED and found.closed_at is None else None
    return found if what_to_say(found, rules, now) == notice.threshold else None


def exception_named(notice: Notice) -> PolicyException | None:
    """The exception of a notice, whatever is true of it."""
    rows = PolicyException.objects.select_related(
        "token__owner", "token__company", "token__integration"
    )
    return rows.filter(pk=UUID(hex=notice.occasion)).first()
