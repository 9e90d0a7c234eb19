"""What uses an integration's tokens: the list, and its changes."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, NotFound
from tokens.models import Consumer, Integration, Token
from tokens.models.consumers import WHERE_LENGTH
from tokens.models.inventory import NAME_LENGTH
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Environment, State
from tokens.services.consumers import add_consumer, edit_consumer, retire_consumer
from tokens.web.access import needs
from tokens.web.careful import CarefulForm
from tokens.web.integrations import integration_or_404

SHOWN = 50


class ConsumerForm(CarefulForm):
    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="As people call it: the job, and where."
    )
    where = forms.CharField(
        label="Where, whom to ask",
        required=False,
        max_length=WHERE_LENGTH,
        help_text="Who can say whether it uses the new token.",
    )
    environment = forms.ChoiceField(
        label="Uses tokens of",
        required=False,
        choices=[("", "both environments"), *((word.value, word.value) for word in Environment)],
    )


@needs(Permission.VIEW, post=Permission.EDIT)
@require_http_methods(["GET", "POST"])
def consumers(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """The list; a POST adds to it, and leads back to the token whose checklist asked for it."""
    one = integration_or_404(integration_id)
    form = ConsumerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_consumer(
                integration=one,
                **form.cleaned_data,
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        else:
            messages.success(request, "It is on the list.")
            return redirect(_back(request, one))
    return _page(request, one, form, status=400 if form.errors else 200)


@needs(Permission.EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, integration_id: UUID, consumer_id: UUID) -> HttpResponse:
    """Rename it, or say where it is."""
    one = integration_or_404(integration_id)
    consumer = _consumer_or_404(one, consumer_id)
    initial = {
        "name": consumer.name, "where": consumer.where, "environment": consumer.environment,
    }  # fmt: skip
    form = ConsumerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_consumer(
                consumer=consumer,
                **form.cleaned_data,
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        else:
            messages.success(request, "It was changed.")
            return redirect("integration-consumers", one.pk)
    context = {"integration": one, "consumer": consumer, "form": form}
    return render(request, "consumers/edit.html", context, status=400 if form.errors else 200)


@needs(Permission.EDIT)
@require_POST
def retire(request: HttpRequest, integration_id: UUID, consumer_id: UUID) -> HttpResponse:
    """It uses no token any more."""
    one = integration_or_404(integration_id)
    consumer = _consumer_or_404(one, consumer_id)
    try:
        retire_consumer(consumer=consumer, actor=actor_of(request.user), now=timezone.now())
    except NotFound as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, f"{consumer.name} was retired. No checklist asks for it now.")
    return redirect("integration-consumers", one.pk)


def _page(
    request: HttpRequest, one: Integration, form: ConsumerForm, *, status: int
) -> HttpResponse:
    rows = Consumer.objects.filter(integration=one)
    waiting = Token.objects.filter(integration=one, state=State.REPLACED.value)
    context = {
        "integration": one,
        "form": form,
        "consumers": rows.filter(retired_at__isnull=True),
        "retired": rows.filter(retired_at__isnull=False).order_by("-retired_at")[:SHOWN],
        "waiting": waiting.select_related("company").order_by("replaced_at", "pk")[:SHOWN],
        "now": timezone.now(),
    }
    return render(request, "consumers/consumers.html", context, status=status)


def _back(request: HttpRequest, one: Integration) -> str:
    """To the checklist of a token of this integration that the form names, else to the list."""
    try:
        token_id = UUID(request.POST.get("token", ""))
    except ValueError:
        return reverse("integration-consumers", args=[one.pk])
    if not Token.objects.filter(pk=token_id, integration=one).exists():
        return reverse("integration-consumers", args=[one.pk])
    return f"{reverse('token', args=[token_id])}#safe-to-revoke"


def _consumer_or_404(one: Integration, consumer_id: UUID) -> Consumer:
    found = Consumer.objects.filter(pk=consumer_id, integration=one, retired_at=None).first()
    if found is None:
        raise Http404("no such consumer")
    return found
