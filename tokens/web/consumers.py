"""What uses an integration's tokens: the list, and its changes."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, NotFound
from tokens.models import Consumer, Integration
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import State
from tokens.selectors.beside import covers_integration
from tokens.selectors.within import tokens_within
from tokens.services.consumers import add_consumer, edit_consumer, retire_consumer
from tokens.web.access import may, needs, reach_of
from tokens.web.consumer_form import ConsumerForm
from tokens.web.integrations import integration_or_404

SHOWN = 50
ELSEWHERE = (
    "Companies out of your reach use this integration, too, and its list is asked for there. Ask an"
    " administrator to change it."
)


@needs(Permission.VIEW, post=Permission.EDIT, within=True)
@require_http_methods(["GET", "POST"])
def consumers(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """The list; a POST adds to it, and leads back to the token whose checklist asked for it."""
    one = integration_or_404(integration_id)
    if request.method == "POST":
        _check_all(request, one)
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


@needs(Permission.EDIT, within=True)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, integration_id: UUID, consumer_id: UUID) -> HttpResponse:
    """Rename it, or say where it is."""
    one = integration_or_404(integration_id)
    _check_all(request, one)
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


@needs(Permission.EDIT, within=True)
@require_POST
def retire(request: HttpRequest, integration_id: UUID, consumer_id: UUID) -> HttpResponse:
    """It uses no token any more."""
    one = integration_or_404(integration_id)
    _check_all(request, one)
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
    waiting = tokens_within(reach_of(request.user)).filter(
        integration=one, state=State.REPLACED.value
    )
    context = {
        "integration": one,
        "form": form,
        "consumers": rows.filter(retired_at__isnull=True),
        "retired": rows.filter(retired_at__isnull=False).order_by("-retired_at")[:SHOWN],
        "waiting": waiting.select_related("company").order_by("replaced_at", "pk")[:SHOWN],
        "may_edit": may(request.user, Permission.EDIT) and _edits_all(request, one),
        "elsewhere": ELSEWHERE,
        "now": timezone.now(),
    }
    return render(request, "consumers/consumers.html", context, status=status)


def _edits_all(request: HttpRequest, one: Integration) -> bool:
    """Whether the list is the caller's to change: one list stands for all companies."""
    return covers_integration(one.pk, reach_of(request.user, Permission.EDIT))


def _check_all(request: HttpRequest, one: Integration) -> None:
    if not _edits_all(request, one):
        raise PermissionDenied(ELSEWHERE)


def _back(request: HttpRequest, one: Integration) -> str:
    """To the checklist of a token of this integration that the form names, else to the list."""
    try:
        token_id = UUID(request.POST.get("token", ""))
    except ValueError:
        return reverse("integration-consumers", args=[one.pk])
    seen = tokens_within(reach_of(request.user))
    if not seen.filter(pk=token_id, integration=one).exists():
        return reverse("integration-consumers", args=[one.pk])
    return f"{reverse('token', args=[token_id])}#safe-to-revoke"


def _consumer_or_404(one: Integration, consumer_id: UUID) -> Consumer:
    found = Consumer.objects.filter(pk=consumer_id, integration=one, retired_at=None).first()
    if found is None:
        raise Http404("no such consumer")
    return found
