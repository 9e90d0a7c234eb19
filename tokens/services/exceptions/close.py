"""Ending an exception early, or taking note that it is over."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import WrongState
from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Decision, Standing, standing
from tokens.services.exceptions.ask import clean_by
from tokens.services.exceptions.effects import locked, settle_effects


def close_exception(
    *, exception: PolicyException, by: str, actor: Actor, now: datetime
) -> PolicyException:
    """In force: its flags count again from now on. Over: somebody has taken note of that.

    Somebody acted, so `exception_ended` has nothing more to say of this token: whatever of it is
    over already is closed, too. Raises WrongState for one that is neither.
    """
    by, today = clean_by(by), utc_day(now)
    with audited(actor=actor, now=now) as trail:
        found = locked(exception)
        if standing(found.facts(), today) not in {Standing.IN_FORCE, Standing.OVER}:
            raise WrongState("It is not in force.")
        over = PolicyException.objects.filter(
            token_id=found.token_id,
            decision=Decision.APPROVED.value,
            closed_at__isnull=True,
            ends_on__lt=today,
        ).exclude(pk=found.pk)
        for each in [found, *over.order_by("ends_on", "pk")]:
            _close(each, found, by, trail, now)
        settle_effects(found.token_id)
    return found


def _close(
    each: PolicyException, first: PolicyException, by: str, trail: Trail, now: datetime
) -> None:
    early = each.ends_on >= utc_day(now)
    each.closed_by, each.closed_at = by, now
    each.save(update_fields=["closed_by", "closed_at"])
    trail.add(
        Event.EXCEPTION_ENDED if early else Event.EXCEPTION_NOTED,
        first.token,
        exception=each.pk,
        flags=each.flags,
        ends_on=each.ends_on,
        by=by,
    )
