"""Writing a request down: who asks, for what, until when; those who may approve are mailed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, Trail
from tokens.errors import NotAllowed
from tokens.models import ApiKey, Approval
from tokens.models.approvals import ABOUT_LENGTH
from tokens.policy.two_people import WAITS, Kind
from tokens.services.approvals.telling import queue_waiting


def write_request(
    kind: Kind,
    *,
    about: str,
    details: dict[str, Any],
    actor: Actor,
    trail: Trail,
    now: datetime,
    facts: dict[str, Any],
    **places: Any,
) -> Approval:
    """Store the request and tell those who may approve; the caller's transaction.

    `places`: token, integration, company, where it is about one of them.
    """
    asked_by, key = asker_of(actor)
    made = Approval.objects.create(
        kind=kind.value,
        about=about[:ABOUT_LENGTH],
        details=details,
        asked_by=asked_by,
        asked_with=key,
        asked_at=now,
        expires_at=now + WAITS,
        **places,
    )
    through: dict[str, Any] = {"asked_with": key.name} if key else {}
    trail.add(
        Event.APPROVAL_ASKED,
        made.subject,
        approval=made.pk,
        act=kind.value,
        asked_by=asked_by,
        expires_at=made.expires_at,
        **facts,
        **through,
    )
    queue_waiting(made, now=now)
    return made


def asker_of(actor: Actor) -> tuple[str, ApiKey | None]:
    """The person who asks; behind a script stands whoever made its key, who cannot approve then.

    Raises NotAllowed for anybody else: the rule holds for accounts and scripts alone.
    """
    if actor.kind == "account":
        return actor.name.lower(), None
    key = ApiKey.objects.filter(pk=actor.id).first() if actor.kind == "api_key" else None
    if key is None:
        raise NotAllowed("Only an account or a script asks another person to approve.")
    return key.created_by.lower(), key
