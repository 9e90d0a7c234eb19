"""Every refused attempt stands in the audit trail, and nobody can fill the trail with them."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.policy.roles import Permission
from tokens.throttle import Throttle

#: One entry for each caller and permission in so many seconds; more of the same say nothing new.
ONCE = Throttle("denied", limit=1, seconds=600, open_without_cache=True)


def record_denied(
    *,
    actor: Actor,
    permission: Permission | None,
    route: str,
    method: str,
    now: datetime,
) -> bool:
    """Audit that somebody asked for what their role or key does not include; whether it did.

    route: the pattern of the address, never the address itself, which holds what people type.
    """
    word = permission.value if permission else "none"
    if not ONCE.take(f"{actor.kind} {actor.id} {word}"):
        return False
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.ACCESS_DENIED,
            Subject("access", name=word),
            permission=word,
            route=route[:200],
            method=method[:10],
        )
    return True
