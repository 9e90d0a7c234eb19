"""What a person decides about a rotation under way."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import WrongState
from tokens.models import OPEN_ROTATION, Rotation, RotationStatus


def accept_unanswered(*, rotation: Rotation, actor: Actor, now: datetime) -> Rotation:
    """The explicit tick: take the value although Coolset gave no answer.

    The old token stays active; the new one takes its place as soon as it answers.
    """
    with audited(actor=actor, now=now) as trail:
        rotation = Rotation.objects.select_for_update().get(pk=rotation.pk)
        if rotation.status != RotationStatus.INCONCLUSIVE.value:
            raise WrongState("This rotation does not wait for that decision.")
        rotation.status, rotation.next_check_at = RotationStatus.WAITING.value, now
        rotation.save(update_fields=["status", "next_check_at"])
        trail.add(
            Event.ROTATION_WAITING,
            rotation.token,
            old_token=rotation.token_id,
            new_token=rotation.new_token_id,
            outcome=rotation.last_outcome,
            detail="taken without an answer",
            hint=rotation.hint,
        )
    return rotation


def cancel(*, rotation: Rotation, actor: Actor, now: datetime) -> None:
    """Give the rotation up; a value that was pasted is forgotten."""
    with audited(actor=actor, now=now) as trail:
        rotation = Rotation.objects.select_for_update().get(pk=rotation.pk)
        if rotation.status not in OPEN_ROTATION:
            raise WrongState("This rotation is over.")
        settle(rotation, RotationStatus.CANCELLED, now)
        trail.add(
            Event.ROTATION_CANCELLED,
            rotation.token,
            old_token=rotation.token_id,
            new_token=rotation.new_token_id,
        )


def mark_deployed(*, rotation: Rotation, actor: Actor, now: datetime) -> None:
    """The integration reads the new value now; what is left is to watch and revoke the old one."""
    with audited(actor=actor, now=now) as trail:
        changed = Rotation.objects.filter(
            pk=rotation.pk, status=RotationStatus.DONE.value, deployed_at__isnull=True
        ).update(deployed_at=now)
        if changed:
            trail.add(Event.TOKEN_EDITED, rotation.token, fields=["deployed"], new=[now])


def settle(rotation: Rotation, status: RotationStatus, now: datetime) -> None:
    """End the rotation, or its value's part in it: nothing of the value stays behind."""
    rotation.status = status.value
    rotation.sealed = rotation.fingerprint = None
    rotation.key_id = ""
    rotation.claim = rotation.claimed_until = rotation.next_check_at = None
    if status in {RotationStatus.DONE, RotationStatus.CANCELLED}:
        rotation.finished_at = now
    rotation.save()
