"""Ending sign-ins: one of one's own, or all but the present one."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import NotFound
from tokens.models import Account, BrowserSession
from tokens.sessions import hashed


def end_session(*, account: Account, key: str, actor: Actor, now: datetime) -> None:
    """End the sign-in that is stored under this hash. Raises NotFound for anybody else's."""
    with audited(actor=actor, now=now) as trail:
        ended, _ = BrowserSession.objects.filter(account=account, session_key=key).delete()
        if not ended:
            raise NotFound("This sign-in has ended already.")
        trail.add(Event.SESSION_ENDED, account, count=1)


def end_other_sessions(*, account: Account, present: str, actor: Actor, now: datetime) -> int:
    """End all sign-ins of an account but the one with this session key; how many."""
    with audited(actor=actor, now=now) as trail:
        others = BrowserSession.objects.filter(account=account)
        ended, _ = others.exclude(session_key=hashed(present)).delete()
        if ended:
            trail.add(Event.SESSION_ENDED, account, count=ended)
    return ended
