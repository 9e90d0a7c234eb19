"""Keys with which an integration reports use of its tokens, and nothing else.

Shown once, kept as SHA-256: 32 random bytes need no slow hash.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.errors import NotFound, WrongState
from tokens.models import Integration, UsageKey
from tokens.policy.two_people import Agreed, Rule
from tokens.services.two_people import agreed_facts

PREFIX = "ctg_"
LONGEST = 200
_SEEN_EVERY = timedelta(minutes=1)


def create_usage_key(
    *, integration: Integration, agreed: Agreed | None = None, actor: Actor, now: datetime
) -> tuple[UsageKey, str]:
    """A new key of this integration, and its text, which nobody can read again after this.

    Raises NotAllowed where the two-person rule asks for another one and `agreed` names none.
    """
    facts = agreed_facts(Rule.KEYS, agreed=agreed, actor=actor)
    plain = PREFIX + secrets.token_urlsafe(32)
    with audited(actor=actor, now=now) as trail:
        key = UsageKey.objects.create(
            integration=integration,
            hint=f"{PREFIX}…{plain[-4:]}",
            digest=_digest(plain),
            created_at=now,
            created_by=actor.name,
        )
        trail.add(
            Event.USAGE_KEY_CREATED,
            key,
            permissions=["report use"],
            integration=integration.name,
            prefix=key.hint,
            **facts,
        )
    return key, plain


def revoke_usage_key(*, key: UsageKey, actor: Actor, now: datetime) -> UsageKey:
    """End a key at once. Raises WrongState if it was ended before."""
    with audited(actor=actor, now=now) as trail:
        row = UsageKey.objects.select_for_update().filter(pk=key.pk).first()
        if row is None:
            raise NotFound("There is no such key.")
        if row.revoked_at is not None:
            raise WrongState("This key was revoked before.")
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        trail.add(Event.USAGE_KEY_REVOKED, row, integration=row.integration.name, prefix=row.hint)
    return row


def authenticate(*, plain: str, now: datetime) -> UsageKey | None:
    """The key in force that has this text, or None.

    Every text costs the same: one hash and one look-up by the hash, which says nothing of the
    text. `last_used_at` moves at most once a minute.
    """
    key = known_usage_key(plain)
    if key is None or key.revoked_at is not None:
        return None
    quiet = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _SEEN_EVERY)
    if UsageKey.objects.filter(quiet, pk=key.pk).update(last_used_at=now):
        key.last_used_at = now
    return key


def known_usage_key(plain: str) -> UsageKey | None:
    """The key of this text, in force or not."""
    keys = UsageKey.objects.select_related("integration")
    return keys.filter(digest=_digest(plain[:LONGEST])).first()


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
