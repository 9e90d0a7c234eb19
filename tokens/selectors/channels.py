"""Channels, webhooks and what was told through them, as pages and API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tokens.models import CalendarLink, Channel, Delivery, DeliveryStatus
from tokens.notifications.channels.answers import in_words
from tokens.notifications.channels.schemes import SERVICES
from tokens.policy.channels import TEST, Way, topic

SHOWN = 100
_WAITS = Count("deliveries", filter=Q(deliveries__status=DeliveryStatus.QUEUED.value))


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: when, and how it ended ("" where it was accepted)."""

    at: datetime
    problem: str


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery as the log shows it. `why` is what kept it, in words, or ""."""

    id: UUID
    channel_id: UUID
    channel: str
    words: str
    event: str
    is_test: bool
    token_id: UUID | None
    token: str
    status: str
    attempts: int
    status_code: int | None
    why: str
    created_at: datetime
    begun_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    tries: tuple[Try, ...]


def channels(way: Way | None = None) -> QuerySet[Channel]:
    """All of one way, or all, with `waiting`: how many deliveries wait; by name."""
    found = Channel.objects.select_related("company", "integration").annotate(waiting=_WAITS)
    return found.filter(way=way.value) if way else found


def service_of(channel: Channel) -> str:
    """What kind of place it is: Slack, Microsoft Teams, …, or a webhook."""
    scheme = channel.shown.partition("://")[0]
    return "Webhook" if channel.is_webhook else SERVICES.get(scheme, scheme)


def deliveries(channel: Channel | None = None, *, most: int = SHOWN) -> list[Told]:
    """The latest deliveries, of one channel or of all; one query."""
    found = Delivery.objects.order_by("-created_at", "-pk")
    found = found.select_related("channel", "token__integration", "token__company")
    if channel is not None:
        found = found.filter(channel=channel)
    return [told_of(row) for row in found[:most]]


def told_of(row: Delivery) -> Told:
    """One row, which needs its channel and its token with integration and company."""
    return Told(
        id=row.pk,
        channel_id=row.channel_id,
        channel=row.channel.name,
        words=topic(row.topic).words,
        event=topic(row.topic).event,
        is_test=row.kind == TEST,
        token_id=row.token_id,
        token=str(row.token) if row.token else "",
        status=row.status,
        attempts=row.attempts,
        status_code=row.status_code,
        why=in_words(row.last_problem, row.status_code),
        created_at=row.created_at,
        begun_at=row.begun_at,
        next_attempt_at=row.next_attempt_at,
        sent_at=row.sent_at,
        tries=tuple(
            Try(datetime.fromisoformat(at), in_words(problem, status))
            for at, status, problem in row.tries
        ),
    )


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of Notifications counts."""

    messages: int
    webhooks: int
    stopped: int
    waiting: int
    given_up: int
    calendars: int


def overview() -> Overview:
    """Three queries."""
    of_channels = Channel.objects.aggregate(
        messages=Count("pk", filter=Q(way=Way.MESSAGE.value, active=True)),
        webhooks=Count("pk", filter=Q(way=Way.WEBHOOK.value, active=True)),
        stopped=Count("pk", filter=Q(stopped_at__isnull=False)),
    )
    of_deliveries = Delivery.objects.aggregate(
        waiting=Count("pk", filter=Q(status=DeliveryStatus.QUEUED.value)),
        given_up=Count("pk", filter=Q(status=DeliveryStatus.GIVEN_UP.value)),
    )
    calendars = CalendarLink.objects.filter(revoked_at__isnull=True).count()
    return Overview(**of_channels, **of_deliveries, calendars=calendars)
