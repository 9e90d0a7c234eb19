"""From the ledger of notices to channels: what is told to people is queued for them, too.

Called where notices are written, in the same transaction. By token and occasion, not by recipient:
a channel is told once, however many people are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tokens.models import Channel, Delivery, DeliveryStatus, Token
from tokens.policy.channels import PERSONAL, TEST, Place, topic_of, wants

BATCH = 500
#: What a notice is about, as planning.About has it: token (None: no token), occasion, threshold.
About = tuple[UUID | None, str, int]


def fan_out(kind: str, abouts: Iterable[About], *, now: datetime) -> None:
    """Queue these notices for every active channel that wants them; once each.

    Without channels it costs one query. What was dropped as no longer true, and is true again, is
    taken up again, as the ledger of mails does.
    """
    if kind in PERSONAL:
        return
    channels = list(Channel.objects.filter(active=True))
    if not channels:
        return
    found = list(dict.fromkeys(abouts))
    for start in range(0, len(found), BATCH):
        _queue(channels, kind, found[start : start + BATCH], now)


def _queue(channels: Sequence[Channel], kind: str, abouts: Sequence[About], now: datetime) -> None:
    places = _places(abouts)
    rows = [
        new_delivery(channel, kind, about, now=now)
        for channel in channels
        for about in abouts
        if wants(channel.wish(), topic_of(kind, about[2]), places.get(about[0]))
    ]
    Delivery.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    dropped = Delivery.objects.filter(
        channel__in={row.channel_id for row in rows},
        told_as__in={row.told_as for row in rows},
        status=DeliveryStatus.CANCELLED.value,
    )
    dropped.update(
        status=DeliveryStatus.QUEUED.value, begun_at=now, attempts=0, next_attempt_at=None
    )


def _places(abouts: Sequence[About]) -> dict[UUID | None, Place]:
    tokens = {token for token, _, _ in abouts if token is not None}
    if not tokens:
        return {}
    rows = Token.objects.filter(pk__in=tokens).values_list("pk", "company_id", "integration_id")
    return {pk: Place(company, integration) for pk, company, integration in rows}


def new_delivery(channel: Channel, kind: str, about: About, *, now: datetime) -> Delivery:
    """A delivery that is not stored yet."""
    token, occasion, threshold = about
    return Delivery(
        channel=channel,
        told_as=f"{kind} {token or '-'} {occasion} {threshold}",
        kind=kind,
        topic=topic_of(kind, threshold),
        token_id=token,
        occasion=occasion,
        threshold=threshold,
        created_at=now,
        begun_at=now,
    )


def new_test(channel: Channel, *, now: datetime) -> Delivery:
    """A message to try a channel, not stored yet: each one by itself."""
    row = new_delivery(channel, TEST, (None, "", 0), now=now)
    row.told_as = f"{TEST} {row.pk.hex}"
    return row
