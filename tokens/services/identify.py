"""Which token is this? The value is fingerprinted and forgotten."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, Subject, audited
from tokens.keys import fingerprint_key
from tokens.models import OPEN_ROTATION, Rotation, Token
from tokens.policy.register import check_value, is_value
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.within import inside, tokens_within
from tokens.services.chunks import chunks
from tokens.services.entries import cleaned
from tokens.vault.fingerprints import fingerprint

_RELATED = ("integration", "company", "owner", "secret", "secret__compromise")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a value is known: `tokens` hold it or held it; `waiting` are open rotations whose new
    value it is, not a token yet. Both empty: nobody entered it."""

    tokens: list[Token]
    waiting: list[Rotation]

    def __bool__(self) -> bool:
        return bool(self.tokens or self.waiting)


def identify(*, value: str, actor: Actor, now: datetime, reach: Reach = EVERYTHING) -> Found:
    """Every place where this value is known, replaced and revoked ones included; audited.

    Out of `reach` it is known nowhere, and the trail keeps what was answered. Raises InvalidInput
    (field `token`) for what cannot be a token, without repeating it.
    """
    cleaned(check_value, value)
    mark = fingerprint(fingerprint_key(), value)
    with audited(actor=actor, now=now) as trail:
        found = _look_up({mark}, reach).get(mark) or Found([], [])
        ids = _ids([found])
        trail.add(Event.IDENTIFY_ASKED, Subject("token"), found=bool(found), token=ids)
    return found


def identify_many(
    *, values: Sequence[str], actor: Actor, now: datetime, reach: Reach = EVERYTHING
) -> list[Found]:
    """The same for many values at once, in their order, with one entry for all of them.

    What cannot be a token is known to nobody; nothing is refused.
    """
    key = fingerprint_key()
    marks = [fingerprint(key, value) if is_value(value) else None for value in values]
    with audited(actor=actor, now=now) as trail:
        known = _look_up({mark for mark in marks if mark is not None}, reach)
        trail.add(
            Event.IDENTIFY_ASKED,
            Subject("token"),
            found=bool(known),
            token=_ids(known.values()),
            count=len(values),
        )
    return [(known.get(mark) if mark else None) or Found([], []) for mark in marks]


def _ids(found: Iterable[Found]) -> list[UUID]:
    ids: list[UUID] = []
    for each in found:
        ids += [token.pk for token in each.tokens]
        ids += [rotation.new_token_id for rotation in each.waiting]
    return ids


def _look_up(marks: Collection[bytes], reach: Reach) -> dict[bytes, Found]:
    """Every mark that is known within reach, with its places there."""
    found: dict[bytes, Found] = {}
    for portion in chunks(list(marks)):
        known = tokens_within(reach).filter(secret__fingerprint__in=portion)
        tokens = known.select_related(*_RELATED)
        for token in tokens.order_by("stored_at", "id"):
            mark = bytes(token.secret.fingerprint or b"")
            found.setdefault(mark, Found([], [])).tokens.append(token)
        waiting = Rotation.objects.filter(
            inside(reach, "token__company"), fingerprint__in=portion, status__in=OPEN_ROTATION
        )
        for rotation in waiting.select_related("token__integration", "token__company"):
            mark = bytes(rotation.fingerprint or b"")
            found.setdefault(mark, Found([], [])).waiting.append(rotation)
    return found
