"""A compromised token: saying that it is one, then the checklist of what is left to do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Compromise, Token
from tokens.policy.roles import Permission, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.around import Around, around
from tokens.selectors.beside import beside
from tokens.selectors.compromise import compromise_of, is_told, lines
from tokens.selectors.story import Item, story
from tokens.services.compromise import mark_compromised, tick_compromise
from tokens.step_up import form_may_be_sent
from tokens.web.access import ELSEWHERE, can, needs, reach_of
from tokens.web.dispatch import wake_worker
from tokens.web.lookup import token_or_404
from tokens.web.token_forms import CompromisedForm
from tokens.web.whole_value import acts_on_value, check_whole_value


@needs(Permission.VIEW, post=Permission.REVOKE, within=True)
@require_http_methods(["GET", "POST"])
def compromised(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Until it is recorded, the form that does; from then on the checklist and the story."""
    token = token_or_404(token_id)
    if request.method == "POST":
        check_whole_value(request, token, Permission.REVOKE)
    if request.method == "POST" and "step" in request.POST:
        return _tick(request, token)
    form = CompromisedForm(request.POST or None, initial={"by": request.user.get_username()})
    if request.method == "POST" and form.is_valid():
        try:
            mark_compromised(
                token=token,
                reason=form.cleaned_data["reason"],
                by=form.cleaned_data["by"],
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except InvalidInput as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token-compromised", token.pk)
        else:
            wake_worker("tokens.sweep")
            wake_worker("tokens.deliver")
            messages.success(request, "Recorded. Whoever has to know is being mailed.")
            return redirect("token-compromised", token.pk)
    return _page(request, token, form, status=400 if request.method == "POST" else 200)


def _tick(request: HttpRequest, token: Token) -> HttpResponse:
    try:
        tick_compromise(
            token=token,
            step=request.POST["step"],
            done=request.POST.get("done") != "no",
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except InvalidInput:
        messages.error(request, "That step ticks itself.")
    except WrongState as error:
        messages.error(request, error.message)
    return redirect("token-compromised", token.pk)


def _page(request: HttpRequest, token: Token, form: CompromisedForm, status: int) -> HttpResponse:
    now, record = timezone.now(), compromise_of(token)
    reach, here = reach_of(request.user), can(request.user, token.company_id)
    read = None if record is None else around(token, now)
    others = beside(token, reach, read.leaving.others if read else None)
    context = {
        "token": token,
        "form": form,
        "record": record,
        "lines": lines(record) if record else (),
        "told": record is not None and is_told(record, token, reach),
        "story": _since(token, record, read, now, reach) if record and read else [],
        "can": here,
        "may_act": here[Permission.REVOKE] and acts_on_value(request, others),
        "proved": form_may_be_sent(request.session, request.path, now),
        "over": token.state == State.REVOKED.value,
        "others": others,
        "elsewhere": ELSEWHERE,
        "now": now,
    }
    return render(request, "tokens/compromised.html", context, status=status)


def _since(
    token: Token, record: Compromise, read: Around, now: datetime, reach: Reach
) -> list[Item]:
    """What happened to it from the moment on when somebody said that it is compromised."""
    told = story(token, now, **read.of_story, reach=reach)
    return [item for item in told if item.at >= record.recorded_at]
