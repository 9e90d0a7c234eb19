"""Channels of the sample instance: told in the past, and nobody is called now.

Both are inactive at the end, since nobody listens at their addresses. What they were told is what
the product queued for them; only the answers are made up.
"""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor
from tokens.models import Channel
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.claims import claim, due_channels
from tokens.policy.channels import Severity, Way
from tokens.services.channels.add import Wanted, add_channel
from tokens.services.channels.change import ask_for_test, edit_channel
from tokens.services.channels.record import record
from tokens.services.channels.truth import still_true
from tokens.services.policy_in_force import rules_in_force
from tokens.services.seed_demo.names import DOMAIN

ADMIN = Actor("account", f"admin@{DOMAIN}")
ALERTS = Wanted("Tickets", at_least=Severity.CRITICAL.value)
CHAT = Wanted("On call", topics=("compromised", "contradicted", "incident"))
#: The receiver of the webhook is down for every such minute of an hour, so that a log has retries.
DOWN = 3


def add_channels(*, now: datetime) -> None:
    """A webhook and a chat, each tried once."""
    hook = "https://tickets.example/hooks/coolset"
    chat = "ntfys://ntfy.example/oncall"
    for way, url, wanted in ((Way.WEBHOOK, hook, ALERTS), (Way.MESSAGE, chat, CHAT)):
        channel = add_channel(way=way, url=url, wanted=wanted, actor=ADMIN, now=now).channel
        ask_for_test(channel=channel, actor=ADMIN, now=now)
    tell(now=now, well=True)


def tell(*, now: datetime, well: bool = False) -> None:
    """What the worker does every minute, with an answer that is made up."""
    for channel_id in due_channels(now):
        channel = Channel.objects.get(pk=channel_id)
        most = 1 if channel.is_webhook else 200
        while claimed := claim(channel_id, most=most, now=now):
            if true := still_true(claimed, rules=rules_in_force(), now=now):
                down = channel.is_webhook and not well and now.minute % DOWN == 0
                answer = Answer("status", 503) if down else Answer("", 200)
                record(channel, true, answer, now=now)


def let_channels_rest(*, now: datetime) -> None:
    """From here on nothing leaves this machine."""
    tell(now=now, well=True)
    for channel in Channel.objects.filter(active=True):
        wanted = Wanted(channel.name, tuple(channel.topics), channel.at_least, active=False)
        edit_channel(channel=channel, wanted=wanted, actor=ADMIN, now=now)
