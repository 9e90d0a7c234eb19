"""Telling channels what waits for them: claim, look again, send, record. The worker alone does it.

A message gathers all that waits for its channel; a webhook gets one request per event. No
transaction is open while we talk to somebody, and no run takes longer than its budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from tokens.errors import NotFound, VaultError
from tokens.models import Channel, ChannelSecret, Delivery, Token
from tokens.notifications.channels import calling, hook
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.claims import claim, due_channels
from tokens.notifications.channels.payload import body_of
from tokens.notifications.channels.words import message_of
from tokens.policy.book import InForce
from tokens.selectors.facts import rows as rows_of
from tokens.services.channels.opening import opened
from tokens.services.channels.record import record
from tokens.services.channels.truth import still_true
from tokens.services.policy_in_force import rules_in_force

log = structlog.get_logger(__name__)

#: Seconds for one run, and for one channel of it, after which no further attempt is begun.
RUN_SECONDS, CHANNEL_SECONDS = 30.0, 12.0
#: So many notices go into one message.
TOGETHER = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What became of deliveries: accepted, not accepted, no longer true."""

    sent: int = 0
    failed: int = 0
    cancelled: int = 0

    def __add__(self, other: Told) -> Told:
        return Told(
            self.sent + other.sent, self.failed + other.failed, self.cancelled + other.cancelled
        )


@dataclass(frozen=True, slots=True)
class _Run:
    clock: Callable[[], datetime]
    rules: InForce
    ends: float


def tell_channels(*, now: datetime) -> Told:
    """Tell every channel what is due for it. Safe beside other workers; twice is the same as once.

    Raises KeyringError where something waits and this process cannot open its address.
    """
    started = time.monotonic()
    ChannelSecret.objects.filter(ends_at__lte=now).delete()
    channels = due_channels(now)
    if not channels:
        return Told()
    total, rules = Told(), rules_in_force()
    for channel_id in channels:
        begun = time.monotonic()
        if begun - started >= RUN_SECONDS:
            break
        run = _Run(
            lambda: now + timedelta(seconds=time.monotonic() - started),
            rules,
            begun + CHANNEL_SECONDS,
        )
        channel = Channel.objects.prefetch_related("secrets").filter(pk=channel_id).first()
        if channel is not None:
            total += _tell(channel, run)
    return total


def _tell(channel: Channel, run: _Run) -> Told:
    """One after the other until one fails: the rest of a channel in trouble waits."""
    total, most = Told(), 1 if channel.is_webhook else TOGETHER
    while time.monotonic() < run.ends:
        claimed = claim(channel.pk, most=most, now=run.clock())
        if not claimed:
            break
        true = still_true(claimed, rules=run.rules, now=run.clock())
        total += Told(cancelled=len(claimed) - len(true))
        if not true:
            continue
        answer = _attempt(channel, true, run)
        try:
            settled = len(record(channel, true, answer, now=run.clock()))
        except NotFound:  # it was removed while we spoke: there is nothing to write down
            break
        total += Told(sent=settled) if answer.accepted else Told(failed=settled)
        if not answer.accepted:
            break
    return total


def _attempt(channel: Channel, deliveries: Sequence[Delivery], run: _Run) -> Answer:
    """What is said is written before the address is opened, so that no error has it in reach."""
    try:
        said = _letter(deliveries[0], run) if channel.is_webhook else _message(deliveries, run)
    except Exception:  # one message that cannot be written must not keep the other channels
        log.exception("channels.not_written", channel=str(channel.pk))
        return Answer("not_written")
    try:
        to = opened(channel, now=run.clock())
    except VaultError:
        return Answer("unreadable")
    allow, production = settings.NOTIFY_ALLOW_HOSTS, settings.PRODUCTION
    if isinstance(said, hook.Letter):
        return hook.post(hook.Target(to.address, to.signing, allow, production), said)
    return calling.send(calling.Place(to.address, allow, production), said)


def _message(deliveries: Sequence[Delivery], run: _Run) -> calling.Message:
    return message_of(deliveries, now=run.clock())


def _letter(delivery: Delivery, run: _Run) -> hook.Letter:
    now, flags = run.clock(), list[str]()
    if delivery.token_id is not None:
        of = Token.objects.filter(pk=delivery.token_id)
        flags = [flag for row in rows_of(of, run.rules, now) for flag in row.flags]
    return hook.Letter(delivery.message_id, body_of(delivery, flags=flags, now=now), now)
