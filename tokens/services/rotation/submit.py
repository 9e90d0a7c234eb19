"""Take the new value: checked for shape, recognised if known, sealed at once, then probed."""

from __future__ import annotations

from datetime import datetime, timedelta

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, WrongState
from tokens.keys import fingerprint_key, public_key
from tokens.models import OPEN_ROTATION, Rotation, RotationStatus, Token
from tokens.policy.days import utc_day
from tokens.policy.fields import Invalid
from tokens.policy.register import check_value, hint
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.known_values import KnownValues
from tokens.services.people import person_for
from tokens.vault.binding import Binding
from tokens.vault.fingerprints import fingerprint
from tokens.vault.sealing import seal


def submit_value(
    *,
    rotation: Rotation,
    value: str,
    issued_at: datetime,
    created_by_email: str = "",
    actor: Actor,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> Rotation:
    """Seal the pasted value for the token to be, and hand it to the worker's probe.

    Replaces a value that is still in question. Raises InvalidInput(field="token") for a shape that
    cannot be one, AlreadyKnown with the place for a value that is stored or was given up (without
    it where that lies out of `reach`), and WrongState where the rotation is over.
    """
    value = value.strip()
    _check(value)
    if utc_day(issued_at) > utc_day(now) + timedelta(days=1):
        raise InvalidInput("lies after tomorrow (UTC)", field="issued_at")
    with audited(actor=actor, now=now) as trail:
        rotation = Rotation.objects.select_for_update().get(pk=rotation.pk)
        if rotation.status not in OPEN_ROTATION:
            raise WrongState("This rotation is over.")
        mark = fingerprint(fingerprint_key(), value)
        is_the_same = bytes(rotation.fingerprint or b"") == mark
        asked = rotation.own_calls if is_the_same else []
        _drop_value(rotation)
        known = KnownValues(now, allow_shared=False, reach=reach)
        known.expect([mark])
        known.claim(mark, None)
        rotation.created_by = person_for(
            created_by_email, field="created_by_email", trail=trail, now=now
        )
        _seal_into(rotation, rotation.token, value, mark)
        rotation.issued_at, rotation.next_check_at = issued_at, now
        rotation.own_calls = asked  # they were of this value, too
        rotation.status, rotation.reason, rotation.warning = RotationStatus.PROBING.value, "", ""
        rotation.save()
        trail.add(
            Event.ROTATION_WAITING,
            rotation.token,
            old_token=rotation.token_id,
            new_token=rotation.new_token_id,
            hint=rotation.hint,
        )
    return rotation


def _check(value: str) -> None:
    try:
        check_value(value)
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None


def _drop_value(rotation: Rotation) -> None:
    """A worker that is asking about the earlier value loses its claim, so its answer is dropped."""
    rotation.sealed = rotation.fingerprint = None
    rotation.key_id = rotation.hint = rotation.last_outcome = ""
    rotation.claim = rotation.claimed_until = None
    rotation.own_calls = []
    rotation.status = RotationStatus.STARTED.value
    rotation.save()


def _seal_into(rotation: Rotation, token: Token, value: str, mark: bytes) -> None:
    binding = Binding(
        token.company_id, token.integration_id, token.environment, rotation.new_token_id
    )
    sealed = seal(public_key(), value.encode("ascii"), binding)
    rotation.sealed, rotation.key_id = sealed.ciphertext, sealed.key_id
    rotation.fingerprint, rotation.hint = mark, hint(value)
