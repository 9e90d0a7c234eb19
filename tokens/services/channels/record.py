"""How an attempt ended: delivery, channel and audit trail say so together, or nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tokens.audit import Event, Trail, audited, system
from tokens.models import Channel, Delivery, NoticeKind
from tokens.notifications.audience import administrators
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.claims import mark
from tokens.notifications.channels.stopped import stopped_occasion
from tokens.notifications.planning import write_notices
from tokens.policy.channels import is_dead
from tokens.services.channels.change import locked

ACTOR = system("channels")


def record(
    channel: Channel, deliveries: Sequence[Delivery], answer: Answer, *, now: datetime
) -> list[Delivery]:
    """Write an attempt down; a channel that took nothing for days is stopped, and that is mailed.

    Returns what it settled or put off. Raises NotFound where the channel was removed meanwhile.
    """
    with audited(actor=ACTOR, now=now) as trail:
        row = locked(channel)
        found = mark(deliveries, answer, now=now)
        if not found:
            return []
        row.tried_at = now
        if answer.accepted:
            row.accepted_at, row.failing_since = now, None
            _told(trail, row, found)
        else:
            row.failing_since = row.failing_since or now
            if row.active and _is_dead(row, found, answer, now):
                _stop(trail, row, answer, now)
        row.save(update_fields=["tried_at", "accepted_at", "failing_since", "active", "stopped_at"])
    return found


def _is_dead(
    channel: Channel, deliveries: Sequence[Delivery], answer: Answer, now: datetime
) -> bool:
    return is_dead(
        failing_since=channel.failing_since,
        attempts=max(each.attempts for each in deliveries),
        status=answer.status,
        now=now,
    )


def _told(trail: Trail, channel: Channel, deliveries: Sequence[Delivery]) -> None:
    tokens = [each.token_id for each in deliveries if each.token_id is not None]
    trail.add(
        Event.CHANNEL_TOLD,
        channel,
        topics=sorted({each.topic for each in deliveries}),
        tokens=tokens,
        count=len(deliveries),
        message_id=deliveries[0].message_id if channel.is_webhook else None,
    )


def _stop(trail: Trail, channel: Channel, answer: Answer, now: datetime) -> None:
    channel.active, channel.stopped_at = False, now
    trail.add(
        Event.CHANNEL_STOPPED,
        channel,
        since=channel.failing_since,
        error=answer.problem,
        status=answer.status,
    )
    # Saved before the notices are: what is stopped is not told that it was.
    channel.save(update_fields=["active", "stopped_at"])
    about = (None, stopped_occasion(channel, now), 0)
    for address in administrators():
        write_notices(NoticeKind.CHANNEL, address, [about], join=False, now=now)
