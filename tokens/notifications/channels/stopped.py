"""The mail that says that a channel was stopped, since nobody reads what it does not get."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from tokens.models import Channel, Notice
from tokens.notifications import wording
from tokens.notifications.letters import Item, Letter, Section
from tokens.notifications.messages import one_line
from tokens.policy.days import utc_day


def stopped_occasion(channel: Channel, at: datetime) -> str:
    """The ledger's occasion: which channel, in hexadecimal, and the day as yyyymmdd."""
    return f"{channel.pk.hex}{utc_day(at):%Y%m%d}"


def stopped_channel(notice: Notice) -> Channel | None:
    """The channel of a notice, as long as it is stopped."""
    return Channel.objects.filter(
        pk=UUID(hex=notice.occasion[:32]), stopped_at__isnull=False
    ).first()


def stopped_letter(notice: Notice) -> Letter:
    """A mail about one channel; raises LookupError where there is nothing to say any more."""
    channel = stopped_channel(notice)
    if channel is None or channel.stopped_at is None:
        raise LookupError("no channel is stopped")
    kind = "webhook" if channel.is_webhook else "channel"
    since = channel.failing_since or channel.stopped_at
    name = one_line(channel.name)
    item = Item(
        title=name,
        sentence=f"It has taken nothing since {wording.moment(since)}, so nothing is sent to it "
        "any more. What is mailed goes on being mailed.",
        todo="Look at its log on the page below. Once its cause is gone, make it active again.",
        url=f"{settings.PUBLIC_URL}/notifications/channels/{channel.pk}/",
        tone="red",
    )
    heading = f"The {kind} {name} was stopped"
    return Letter("alert", one_line(heading), (Section(heading, (item,)),))
