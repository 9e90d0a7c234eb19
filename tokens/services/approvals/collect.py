"""Collecting an approved key: it is made at this moment, and shown to whoever asked, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, audited
from tokens.errors import NotAllowed, WrongState
from tokens.models import ApiKey, Approval, UsageKey
from tokens.policy.roles import Permission
from tokens.policy.two_people import COLLECTED, Agreed, Kind, Outcome
from tokens.services.api_keys import create_api_key
from tokens.services.approvals.decide import RELATED
from tokens.services.approvals.rights import check_asker
from tokens.services.usage_keys import create_usage_key


def collect_key(
    *, approval: Approval, by: str, actor: Actor, now: datetime
) -> tuple[ApiKey | UsageKey, str]:
    """The new key and its text, which nobody can read again after this.

    Raises NotAllowed for anybody but the asker; WrongState where it is not approved, was collected
    before, waited too long, or where the asker may not do it any more; AlreadyKnown where another
    key has its name by now.
    """
    if by.lower() != approval.asked_by:
        raise NotAllowed("Only who asked for this key may collect it.")
    with audited(actor=actor, now=now):
        ready = Approval.objects.filter(
            pk=approval.pk,
            outcome=Outcome.APPROVED.value,
            kind__in=[kind.value for kind in COLLECTED],
            expires_at__gt=now,
        )
        if not ready.update(outcome=Outcome.COLLECTED.value, settled_at=now):
            raise WrongState("This key cannot be collected: not approved, or not any more.")
        found = Approval.objects.select_related(*RELATED).get(pk=approval.pk)
        check_asker(found, now)
        return _made(found, actor, now)


def _made(found: Approval, actor: Actor, now: datetime) -> tuple[ApiKey | UsageKey, str]:
    agreed = Agreed(found.asked_by, found.decided_by)
    if Kind(found.kind) is Kind.USAGE_KEY and found.integration is not None:
        return create_usage_key(integration=found.integration, agreed=agreed, actor=actor, now=now)
    details = found.details
    return create_api_key(
        name=details["name"],
        permissions=[Permission(word) for word in details["permissions"]],
        days=details["days"],
        companies=[UUID(company) for company in details["companies"]],
        agreed=agreed,
        actor=actor,
        now=now,
    )
