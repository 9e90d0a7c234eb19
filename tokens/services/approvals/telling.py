"""Telling people of requests: who may approve that one waits, who asked what became of it."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Approval, NoticeKind
from tokens.notifications.approvals import Say, approval_occasion, approval_readers
from tokens.notifications.audience import administrators
from tokens.notifications.planning import write_notices


def queue_waiting(approval: Approval, *, now: datetime) -> int:
    """Queue one mail per administrator who may approve; the caller's transaction."""
    return _queue(approval, Say.WAITS, now)


def queue_decided(approval: Approval, *, now: datetime) -> int:
    """Queue the mail that tells who asked what was decided; the caller's transaction."""
    return _queue(approval, Say.DECIDED, now)


def _queue(approval: Approval, say: Say, now: datetime) -> int:
    about = (approval.token_id, approval_occasion(approval), say.value)
    return sum(
        write_notices(NoticeKind.APPROVAL, address, [about], join=False, now=now)
        for address in approval_readers(approval, say, administrators())
    )
