"""Changing, removing and trying a channel; replacing a webhook's signing secret."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, NotFound, WrongState
from tokens.models import Channel, ChannelSecret, Delivery, DeliveryStatus, SealedAs
from tokens.notifications.channels.fan_out import new_test
from tokens.policy.channels import OVERLAP
from tokens.services.channels.add import Wanted, cleaned
from tokens.services.channels.sealing import keep, new_signing_secret

_FIELDS = ("name", "topics", "at_least", "company", "integration", "active")


def edit_channel(*, channel: Channel, wanted: Wanted, actor: Actor, now: datetime) -> Channel:
    """Change what a channel is called and told. Its address stays: for another one, add another.

    Raises InvalidInput and AlreadyKnown. What waits stays queued while it is not active.
    """
    clean = cleaned(wanted)
    with audited(actor=actor, now=now) as trail:
        row = locked(channel)
        new = {name: getattr(clean, name) for name in _FIELDS} | {"topics": list(clean.topics)}
        changed = [name for name in _FIELDS if getattr(row, name) != new[name]]
        if not changed:
            return row
        old = [_text(getattr(row, name)) for name in changed]
        for name in changed:
            setattr(row, name, new[name])
        if "active" in changed and row.active:
            row.stopped_at = row.failing_since = None
        _save(row)
        now_is = [_text(new[name]) for name in changed]
        trail.add(Event.CHANNEL_EDITED, row, fields=changed, old=old, new=now_is)
    return row


def remove_channel(*, channel: Channel, actor: Actor, now: datetime) -> None:
    """Take a channel away with its sealed values and its log; the audit trail keeps the acts."""
    with audited(actor=actor, now=now) as trail:
        row = locked(channel)
        waiting = row.deliveries.filter(status=DeliveryStatus.QUEUED.value).count()
        trail.add(Event.CHANNEL_REMOVED, row, way=row.way, address=row.shown, count=waiting)
        row.delete()


def replace_secret(*, channel: Channel, actor: Actor, now: datetime) -> str:
    """A new signing secret, returned this once; the old one signs beside it for `OVERLAP`.

    One that was replaced before ends at once, so that there are never more than two.
    """
    with audited(actor=actor, now=now) as trail:
        row = locked(channel)
        if not row.is_webhook:
            raise WrongState("Only a webhook has a signing secret.")
        signing = ChannelSecret.objects.filter(channel=row, kind=SealedAs.SIGNING.value)
        signing.filter(ends_at__isnull=False).delete()
        signing.update(ends_at=now + OVERLAP)
        secret = new_signing_secret()
        keep(row, SealedAs.SIGNING, secret, now=now)
        trail.add(Event.CHANNEL_SECRET_REPLACED, row, until=now + OVERLAP)
    return secret


def ask_for_test(*, channel: Channel, actor: Actor, now: datetime) -> Delivery:
    """Queue a test message, which the worker sends within a minute."""
    with audited(actor=actor, now=now) as trail:
        row = locked(channel)
        if not row.active:
            raise WrongState("It is not active. Make it active first.")
        delivery = new_test(row, now=now)
        delivery.save(force_insert=True)
        trail.add(Event.CHANNEL_TEST_REQUESTED, row)
    return delivery


def send_again(*, delivery: Delivery, actor: Actor, now: datetime) -> None:
    """Queue a settled delivery once more, under the same webhook-id. Raises WrongState."""
    with audited(actor=actor, now=now) as trail:
        channel = locked(delivery.channel)
        settled = ~Q(status=DeliveryStatus.QUEUED.value)
        row = Delivery.objects.filter(settled, pk=delivery.pk)
        if not channel.active:
            raise WrongState("The channel is not active. Make it active first.")
        queued = row.update(
            status=DeliveryStatus.QUEUED.value,
            sent_at=None,
            begun_at=now,
            attempts=0,
            next_attempt_at=None,
        )
        if not queued:
            raise WrongState("It waits to be sent already.")
        trail.add(Event.CHANNEL_SENT_AGAIN, channel, topics=[delivery.topic], count=1)


def locked(channel: Channel) -> Channel:
    """The row, held until the transaction ends. Raises NotFound."""
    # No key: who stops one channel may queue the news of it for another at the same time.
    rows = Channel.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("company", "integration").filter(pk=channel.pk).first()
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def _save(row: Channel) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise AlreadyKnown("is the name of another channel", field="name") from None


def _text(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(value) or "all"
    return value if value is None or isinstance(value, str | bool) else str(value)
