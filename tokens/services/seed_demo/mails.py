"""Mails of the past: planned and recorded as ever, handed to nobody."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Mail, MailStatus
from tokens.services.alert import release_alerts
from tokens.services.deliver import deliver_due
from tokens.services.exceptions.telling import remind_exceptions
from tokens.services.remind import plan_reminders
from tokens.services.seed_demo import channels
from tokens.services.seed_demo.preferring import Nowhere


def send_reminders(*, now: datetime) -> None:
    """What beat does in the morning."""
    remind_exceptions(now=now)
    plan_reminders(now=now)
    deliver_due(now=now, connection_factory=Nowhere)
    channels.tell(now=now)


def send_alerts(*, now: datetime) -> None:
    """What a sweep does at its end, where it brought something up."""
    if Mail.objects.filter(status=MailStatus.QUEUED.value).exists():
        release_alerts(now=now)
        deliver_due(now=now, connection_factory=Nowhere)
        channels.tell(now=now)
