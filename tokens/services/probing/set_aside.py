"""A row whose answer cannot be recorded, since somebody changed it: the others go on without it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from tokens.audit import Event, audited, system
from tokens.models import Secret, Token
from tokens.policy.vocabulary import Outcome
from tokens.services.alert import queue_alerts

log = structlog.get_logger(__name__)
ACTOR = system("check")
#: It is not asked about over and over.
AGAIN = timedelta(hours=1)
UNREADABLE = Outcome.UNREADABLE.value


def set_aside(*, secret_id: UUID, kind: str, now: datetime) -> None:
    """Put the next check off, and tell once, as of a stored value that cannot be opened.

    kind: the type's name of what went wrong. The row is looked at as little as possible; where
    even telling fails it is logged, and `stale` tells of it in the end.
    """
    log.error("check.not_recorded", secret_id=str(secret_id), kind=kind)
    row = Secret.objects.filter(pk=secret_id)
    known = row.filter(last_outcome=UNREADABLE).exists()
    row.update(claim=None, claimed_until=None, next_check_at=now + AGAIN, last_outcome=UNREADABLE)
    if known:
        return
    try:
        _tell(secret_id, now)
    except (ValueError, TypeError) as error:
        log.error("check.not_told", secret_id=str(secret_id), kind=type(error).__name__)


def _tell(secret_id: UUID, now: datetime) -> None:
    tokens = Token.objects.filter(secret=secret_id, sealed__isnull=False).select_related("company")
    with audited(actor=ACTOR, now=now) as trail:
        for token in tokens:
            trail.add(Event.TOKEN_UNREADABLE, token, company=token.company, key_id=token.key_id)
        queue_alerts(unreadable=[secret_id], hold=True, now=now)
