"""Keys that are not let in stand in the audit trail, and nobody can fill the trail with them."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.models import ApiKey, UsageKey
from tokens.services.api_keys import known_api_key
from tokens.services.usage_keys import known_usage_key
from tokens.throttle import Throttle

#: One entry in so many seconds for each key that was made here, and for each address that sends
#: texts which were never keys; more of the same say nothing new.
ONCE = Throttle("refused-key", limit=1, seconds=600, open_without_cache=True)
#: And of the latter no more than so many from everywhere: addresses cost nothing.
UNKNOWN = Throttle("refused-unknown-key", limit=20, seconds=600, open_without_cache=True)
NOBODYS = Subject("access", name="not known here")


def record_refused_key(*, plain: str, address: str, now: datetime) -> bool:
    """Audit that a key was refused, and whose it was; whether an entry was written.

    The text itself is compared and forgotten.
    """
    key: ApiKey | UsageKey | None = known_api_key(plain) or known_usage_key(plain)
    if not ONCE.take(f"key {key.pk}" if key else f"address {address}"):
        return False
    if key is None and not UNKNOWN.take("all"):
        return False
    with audited(actor=Actor("system", "sign-in"), now=now) as trail:
        trail.add(Event.API_KEY_REFUSED, key or NOBODYS, address=address, why=_why(key))
    return True


def _why(key: ApiKey | UsageKey | None) -> str:
    if key is None:
        return "unknown"
    return "revoked" if key.revoked_at is not None else "ended"
