"""One verb for whoever names the act: the API and the command line."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor
from tokens.models import PolicyException
from tokens.policy.exceptions import Act
from tokens.services.exceptions.close import close_exception
from tokens.services.exceptions.decide import (
    approve_exception,
    refuse_exception,
    withdraw_exception,
)


def act_on(
    *, exception: PolicyException, act: Act, reason: str, by: str, actor: Actor, now: datetime
) -> PolicyException:
    """Approve, refuse (with a reason), withdraw or end it; each raises what its own verb does."""
    if act is Act.REFUSE:
        return refuse_exception(exception=exception, reason=reason, by=by, actor=actor, now=now)
    verb = {
        Act.APPROVE: approve_exception,
        Act.WITHDRAW: withdraw_exception,
        Act.END: close_exception,
    }[act]
    return verb(exception=exception, by=by, actor=actor, now=now)
