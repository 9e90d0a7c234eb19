"""Open the guide: from here on the rotation is under way and its steps are remembered."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import WrongState
from tokens.models import OPEN_ROTATION, Rotation, Token
from tokens.models.base import new_id
from tokens.policy.vocabulary import State


def start_rotation(*, token: Token, actor: Actor, now: datetime) -> Rotation:
    """The token's open rotation, begun now if there is none. Raises WrongState unless active."""
    with audited(actor=actor, now=now) as trail:
        token = Token.objects.select_for_update().get(pk=token.pk)
        rotation = Rotation.objects.filter(token=token, status__in=OPEN_ROTATION).first()
        if rotation is not None:
            return rotation
        if token.state != State.ACTIVE.value:
            raise WrongState(f"Only an active token can be rotated; this one is {token.state}.")
        rotation = Rotation.objects.create(
            token=token,
            new_token_id=new_id(),
            started_at=now,
            started_by=actor.name[:254],
            created_by=token.created_by,
        )
        trail.add(
            Event.ROTATION_STARTED,
            token,
            old_token=token.pk,
            new_token=rotation.new_token_id,
            scope=token.scope,
        )
    return rotation
