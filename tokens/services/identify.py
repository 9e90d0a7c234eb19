"""Which token is this? The value is fingerprinted and forgotten."""

from dataclasses import dataclass
from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.keys import fingerprint_key
from tokens.models import OPEN_ROTATION, Rotation, Token
from tokens.policy.register import check_value
from tokens.services.entries import cleaned
from tokens.vault.fingerprints import fingerprint


@dataclass(frozen=True, slots=True)
class Found:
    """Where a value is known: `tokens` hold it or held it; `waiting` are open rotations whose new
    value it is, not a token yet. Both empty: nobody entered it."""

    tokens: list[Token]
    waiting: list[Rotation]

    def __bool__(self) -> bool:
        return bool(self.tokens or self.waiting)


def identify(*, value: str, actor: Actor, now: datetime) -> Found:
    """Every place where this value is known, replaced and revoked ones included; audited.

    Raises InvalidInput (field `token`) for what cannot be a token, without repeating it.
    """
    cleaned(check_value, value)
    mark = fingerprint(fingerprint_key(), value)
    with audited(actor=actor, now=now) as trail:
        found = _look_up(mark)
        ids = [token.pk for token in found.tokens]
        ids += [rotation.new_token_id for rotation in found.waiting]
        trail.add(Event.IDENTIFY_ASKED, Subject("token"), found=bool(found), token=ids)
    return found


def _look_up(mark: bytes) -> Found:
    related = ("integration", "company", "owner", "secret")
    tokens = Token.objects.filter(secret__fingerprint=mark).select_related(*related)
    waiting = Rotation.objects.filter(fingerprint=mark, status__in=OPEN_ROTATION)
    return Found(
        tokens=list(tokens.order_by("stored_at", "id")),
        waiting=list(waiting.select_related("token__integration", "token__company")),
    )
