"""Storing one token."""

from datetime import datetime

from tokens.audit import Actor, audited
from tokens.models import Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.entries import Entry
from tokens.services.registering import Registrar


def register_token(
    *,
    entry: Entry,
    allow_shared: bool,
    actor: Actor,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> Token:
    """Store one token, sealed, to be checked at once; or one that nobody holds any more.

    Raises InvalidInput or AlreadyKnown, naming the column; nothing is stored then. `reach`: where
    whoever stores it may do that, see Registrar.
    """
    with audited(actor=actor, now=now) as trail:
        registrar = Registrar(trail=trail, now=now, allow_shared=allow_shared, reach=reach)
        token = registrar.add(entry)
        registrar.finish()
    return token
