"""Adding, changing and removing channels and webhooks."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Channel
from tokens.notifications.channels.schemes import SERVICES
from tokens.policy.channels import Way
from tokens.policy.roles import Permission
from tokens.services.channels.add import add_channel
from tokens.services.channels.change import edit_channel, remove_channel, replace_secret
from tokens.web.access import needs
from tokens.web.channel_forms import ChannelForm, NewChannelForm
from tokens.web.notifications import channel_or_404, channel_page


@needs(Permission.CHANNELS)
@sensitive_post_parameters("url")
@require_http_methods(["GET", "POST"])
def add_message(request: HttpRequest) -> HttpResponse:
    """A channel of a chat or a pager, through apprise."""
    return _add(request, Way.MESSAGE)


@needs(Permission.CHANNELS)
@sensitive_post_parameters("url")
@require_http_methods(["GET", "POST"])
def add_webhook(request: HttpRequest) -> HttpResponse:
    """An address of the reader's own, with signed requests."""
    return _add(request, Way.WEBHOOK)


def _add(request: HttpRequest, way: Way) -> HttpResponse:
    form = NewChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_channel(
                way=way,
                url=form.cleaned_data["url"],
                wanted=form.wanted(),
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (InvalidInput, AlreadyKnown) as error:
            form.refuse(error)
        else:
            if added.secret:
                return channel_page(request, channel_or_404(added.channel.pk), secret=added.secret)
            messages.success(request, f"{added.channel.name} was added. Send it a test message.")
            return redirect("channel", channel_id=added.channel.pk)
    context = {
        "form": form,
        "webhooks": way is Way.WEBHOOK,
        "services": sorted(set(SERVICES.values()), key=str.lower),
    }
    return render(request, "notifications/add.html", context, status=400 if form.errors else 200)


@needs(Permission.CHANNELS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Change what it is told; with `step` remove it, or replace its signing secret."""
    one = channel_or_404(channel_id)
    if request.method == "POST" and request.POST.get("step") == "remove":
        return _remove(request, one)
    if request.method == "POST" and request.POST.get("step") == "secret":
        return _replace(request, one)
    names = ("name", "at_least", "topics", "company", "integration", "active")
    form = ChannelForm(request.POST or None, initial={name: getattr(one, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            edit_channel(
                channel=one,
                wanted=form.wanted(),
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (InvalidInput, AlreadyKnown) as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved.")
            return redirect("channel", channel_id=one.pk)
    context = {"channel": one, "form": form}
    return render(request, "notifications/edit.html", context, status=400 if form.errors else 200)


def _remove(request: HttpRequest, one: Channel) -> HttpResponse:
    remove_channel(channel=one, actor=actor_of(request.user), now=timezone.now())
    messages.success(request, f"{one.name} was removed, with its address and its log.")
    return redirect("webhooks" if one.is_webhook else "channels")


def _replace(request: HttpRequest, one: Channel) -> HttpResponse:
    try:
        secret = replace_secret(channel=one, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
        return redirect("channel", channel_id=one.pk)
    return channel_page(request, channel_or_404(one.pk), secret=secret)
