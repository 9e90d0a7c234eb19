"""Starting from one token: paste it, see which companies it knows, take over what you tick."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Start, StartStatus
from tokens.policy.roles import Permission
from tokens.services.intake.companies import offers_of
from tokens.services.intake.start import ask_again, drop_start, finish_start, start_from_token
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.start_forms import FinishForm, PasteStartForm
from tokens.web.words import OUTCOME_WORDS

_BUSY = {StartStatus.ASKING.value, StartStatus.STORING.value}


@needs(Permission.REGISTER)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def onboarding(request: HttpRequest) -> HttpResponse:
    """Where this account's start stands; a POST takes a step, named by `step`."""
    now = timezone.now()
    start = _mine(request, now)
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return _fragment(request, start)
        return _page(request, start)
    if request.POST.get("step") == "paste":
        return _paste(request, now)
    if start is None:
        messages.warning(request, "This token was forgotten after an hour. Paste it again.")
        return redirect("onboarding")
    try:
        return _step(request, start, now)
    except WrongState as error:
        messages.warning(request, error.message)
        return redirect("onboarding")


def _paste(request: HttpRequest, now: datetime) -> HttpResponse:
    form = PasteStartForm(request.POST)
    if form.is_valid():
        try:
            start_from_token(
                value=form.cleaned_data["token"],
                account=request.user,  # type: ignore[arg-type]  # nobody else may
                now=now,
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        else:
            wake_worker("tokens.intake")
            return redirect("onboarding")
    return render(request, "tokens/start.html", {"start": None, "paste": form}, status=400)


def _step(request: HttpRequest, start: Start, now: datetime) -> HttpResponse:
    step = request.POST.get("step", "")
    if step == "again":
        ask_again(start=start, now=now)
    elif step == "drop":
        drop_start(start=start, now=now)
    elif step == "take":
        form = FinishForm(request.POST, start=start, found=offers_of(start))
        if not (form.is_valid() and _taken(start, form, now)):
            return _page(request, start, form, status=400)
    else:
        return render(request, "400.html", status=400)
    wake_worker("tokens.intake")
    return redirect("onboarding")


def _taken(start: Start, form: FinishForm, now: datetime) -> bool:
    try:
        finish_start(start=start, ticked=form.ticked, entry=form.entry, now=now)
    except (AlreadyKnown, InvalidInput) as refusal:
        form.refuse(refusal)
        return False
    return True


def _mine(request: HttpRequest, now: datetime) -> Start | None:
    mine = Start.objects.filter(account=request.user.pk, expires_at__gt=now).defer("sealed")
    return mine.order_by("-created_at").first()


def _fragment(request: HttpRequest, start: Start | None) -> HttpResponse:
    """What polls while Coolset is asked; any news reloads the page."""
    if start is None or start.status not in _BUSY:
        return HttpResponseClientRefresh()
    return render(request, "tokens/start_busy.html", {"start": start})


def _page(
    request: HttpRequest,
    start: Start | None,
    form: FinishForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if start is None:
        return render(request, "tokens/start.html", {"start": None, "paste": PasteStartForm()})
    found = offers_of(start)
    context = {
        "start": start,
        "paste": PasteStartForm(),
        "busy": start.status in _BUSY,
        "offers": found,
        "tickable": any(offer.kind.value in {"connect", "new"} for offer in found),
        "ticked": set(request.POST.getlist("companies")) if form else set(),
        "form": form or FinishForm(start=start, found=found),
        "answer": OUTCOME_WORDS.get(start.last_outcome, ""),
    }
    return render(request, "tokens/start.html", context, status=status)
