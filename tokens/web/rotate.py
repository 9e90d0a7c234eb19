"""The guided rotation: one page that always shows where it stands and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Rotation, Token
from tokens.policy.days import midnight, utc_day
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import State
from tokens.services.rotation import (
    accept_unanswered,
    cancel,
    mark_deployed,
    start_rotation,
    submit_value,
)
from tokens.web.access import needs, reach_of
from tokens.web.dispatch import wake_worker
from tokens.web.lookup import token_or_404
from tokens.web.rotate_steps import guide, is_open, latest
from tokens.web.token_forms import PasteForm


@needs(Permission.ROTATE, within=True)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def rotate(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """The steps; a POST takes one of them, named by `step`."""
    token, now = token_or_404(token_id), timezone.now()
    rotation = latest(token)
    if rotation is None and token.state != State.ACTIVE.value:
        messages.warning(
            request, f"Only an active token can be rotated; this one is {token.state}."
        )
        return redirect("token", token.pk)
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return _fragment(request, token, rotation, now)
        return _page(request, token, rotation, _empty_form(token, rotation, now), now)
    if request.POST.get("step", "paste") == "paste":
        return _paste(request, token, rotation, now)
    return _decide(request, token, rotation, now)


def _paste(
    request: HttpRequest, token: Token, rotation: Rotation | None, now: datetime
) -> HttpResponse:
    form = PasteForm(request.POST, today=utc_day(now))
    if form.is_valid():
        actor = actor_of(request.user)
        try:
            submit_value(
                rotation=start_rotation(token=token, actor=actor, now=now),
                value=form.cleaned_data["token"],
                issued_at=midnight(form.cleaned_data["issued_at"]),
                created_by_email=form.cleaned_data["created_by_email"],
                actor=actor,
                now=now,
                reach=reach_of(request.user, Permission.ROTATE),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        except WrongState as error:
            messages.warning(request, error.message)
            return redirect("token-rotate", token.pk)
        else:
            wake_worker("tokens.sweep")
            return redirect("token-rotate", token.pk)
    return _page(request, token, latest(token), form, now, status=400)


def _decide(
    request: HttpRequest, token: Token, rotation: Rotation | None, now: datetime
) -> HttpResponse:
    """The steps that need a word and no value."""
    actor = actor_of(request.user)
    step = request.POST.get("step")
    acts: dict[str | None, tuple[Callable[..., object], str]] = {
        "cancel": (cancel, "The rotation was given up. The old token stays as it was."),
        "deployed": (mark_deployed, "Noted. Now watch the old token."),
    }
    if rotation is None:
        messages.warning(request, "No rotation is under way.")
        return redirect("token-rotate", token.pk)
    if step == "accept":
        if request.POST.get("sure") != "yes":
            messages.error(request, "Tick the box to take it without an answer, or paste another.")
            return redirect("token-rotate", token.pk)
        acts[step] = (accept_unanswered, "It takes the old one’s place when it first answers.")
    if step not in acts:
        return render(request, "400.html", status=400)
    act, words = acts[step]
    try:
        act(rotation=rotation, actor=actor, now=now)
    except WrongState as error:
        messages.warning(request, error.message)
        return redirect("token-rotate", token.pk)
    messages.success(request, words)
    if step == "accept":
        wake_worker("tokens.sweep")
    return redirect("token" if step == "cancel" else "token-rotate", token.pk)


def _fragment(
    request: HttpRequest, token: Token, rotation: Rotation | None, now: datetime
) -> HttpResponse:
    """What polls while Coolset is asked; any news reloads the page."""
    found = guide(token, rotation, now)
    if not found.probing:
        return HttpResponseClientRefresh()
    return render(request, "tokens/probing.html", {"token": token, "rotation": rotation})


def _empty_form(token: Token, rotation: Rotation | None, now: datetime) -> PasteForm:
    author = rotation.created_by if is_open(rotation) and rotation else token.created_by
    initial = {
        "issued_at": utc_day(now),
        "created_by_email": author.email if author else "",
    }
    return PasteForm(today=utc_day(now), initial=initial)


def _page(
    request: HttpRequest,
    token: Token,
    rotation: Rotation | None,
    form: PasteForm,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    context = {
        "token": token,
        "rotation": rotation,
        "open": is_open(rotation),
        "guide": guide(token, rotation, now),
        "form": form,
        "now": now,
    }
    return render(request, "tokens/rotate.html", context, status=status)
