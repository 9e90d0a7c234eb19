"""Where people, programs and calendars are told: mail, channels, webhooks, links to calendars."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import CalendarLink, Channel, Delivery, DeliveryStatus
from tokens.policy.channels import Way, topic
from tokens.policy.roles import Permission
from tokens.selectors.channels import Told, channels, deliveries, overview, service_of
from tokens.selectors.mails import mail_counts
from tokens.services.channels.change import ask_for_test, send_again
from tokens.web.access import needs, reach_of
from tokens.web.dispatch import wake_worker

STATES = {
    DeliveryStatus.QUEUED.value: ("Waiting", "blue"),
    DeliveryStatus.SENT.value: ("Accepted", "ok"),
    DeliveryStatus.GIVEN_UP.value: ("Given up", "red"),
    DeliveryStatus.CANCELLED.value: ("No longer true, not sent", "grey"),
}
#: The worker's task that tells channels.
TASK = "tokens.channels"
LATEST = 10
#: So long the page looks again by itself for what came of a delivery.
SOON = timedelta(minutes=2)
_QUEUED = DeliveryStatus.QUEUED.value


@needs(Permission.VIEW, within=True)
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """The ways out, with what waits or is in trouble; for roles in companies their own alone."""
    if not reach_of(request.user).whole:
        mine = CalendarLink.objects.filter(account=request.user.pk, revoked_at__isnull=True)
        return render(request, "notifications/own.html", {"calendars": mine.count()})
    context = {
        "mails": mail_counts(),
        "counts": overview(),
        "rows": log_rows(None, LATEST),
        "now": timezone.now(),
    }
    return render(request, "notifications/notifications.html", context)


@needs(Permission.VIEW)
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    return _list(request, Way.MESSAGE)


@needs(Permission.VIEW)
@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    return _list(request, Way.WEBHOOK)


def _list(request: HttpRequest, way: Way) -> HttpResponse:
    found = [(one, service_of(one), state_of(one)) for one in channels(way)]
    context = {"rows": found, "webhooks": way is Way.WEBHOOK, "now": timezone.now()}
    return render(request, "notifications/channels.html", context)


@needs(Permission.VIEW)
@require_safe
def channel(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """One channel: what it is told, and its log."""
    return channel_page(request, channel_or_404(channel_id))


def channel_page(
    request: HttpRequest, one: Channel, *, secret: str = "", status: int = 200
) -> HttpResponse:
    """The page; `secret` is a webhook's signing secret, which stands in this answer alone."""
    now, rows = timezone.now(), log_rows(one)
    context = {
        "channel": one,
        "service": service_of(one),
        "state": state_of(one),
        "topics": [topic(word).words for word in one.topics],
        "rows": rows,
        "soon": any(now - row.begun_at < SOON for row, *_ in rows if row.status == _QUEUED),
        "secret": secret,
        "now": now,
    }
    return render(request, "notifications/channel.html", context, status=status)


@needs(Permission.EDIT)
@require_POST
def test(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Queue a test message and wake the worker; the log shows what came of it."""
    one = channel_or_404(channel_id)
    try:
        ask_for_test(channel=one, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        wake_worker(TASK)
    return redirect("channel", channel_id=one.pk)


@needs(Permission.EDIT)
@require_POST
def again(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Queue one delivery once more."""
    found = Delivery.objects.select_related("channel").filter(pk=delivery_id).first()
    if found is None:
        raise Http404("no such delivery")
    try:
        send_again(delivery=found, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        wake_worker(TASK)
    return redirect("channel", channel_id=found.channel_id)


def channel_or_404(channel_id: UUID) -> Channel:
    found = channels().filter(pk=channel_id).first()
    if found is None:
        raise Http404("no such channel")
    return found


def state_of(one: Channel) -> tuple[str, str]:
    """Words and tone of a channel's state."""
    if one.stopped_at:
        return "Stopped: it took nothing for days", "red"
    if not one.active:
        return "Not active", "grey"
    if one.failing_since:
        return "Failing", "amber"
    return ("Works", "ok") if one.accepted_at else ("Nothing sent yet", "grey")


def log_rows(one: Channel | None, most: int = 100) -> list[tuple[Told, str, str]]:
    """Deliveries with the words and the tone of their state."""
    return [(row, *STATES[row.status]) for row in deliveries(one, most=most)]
