"""One verb for whoever names the act: pages and the API."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor
from tokens.models import Approval
from tokens.policy.two_people import Act
from tokens.services.approvals.decide import approve_request, refuse_request, withdraw_request


def act_on(
    *, approval: Approval, act: Act, reason: str, by: str, actor: Actor, now: datetime
) -> Approval:
    """Approve, refuse (with a reason) or withdraw it; each raises what its own verb does."""
    if act is Act.REFUSE:
        return refuse_request(approval=approval, reason=reason, by=by, actor=actor, now=now)
    verb = {Act.APPROVE: approve_request, Act.WITHDRAW: withdraw_request}[act]
    return verb(approval=approval, by=by, actor=actor, now=now)
