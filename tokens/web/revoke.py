"""Recording that a person revoked a token in Coolset, which no program can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Token
from tokens.policy.roles import Permission
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Proof, State
from tokens.selectors.approvals import for_token
from tokens.selectors.beside import beside
from tokens.selectors.safe_to_revoke import Leaving, questions, switching_of
from tokens.selectors.together import Ask, read_together
from tokens.services.approvals import ask_revocation
from tokens.services.approvals.touched import companies_touched
from tokens.services.record_revocation import record_revocation
from tokens.services.two_people import asks_another
from tokens.web.access import can, needs, reach_of
from tokens.web.asking import asked, two_people
from tokens.web.dispatch import wake_worker
from tokens.web.lookup import token_or_404
from tokens.web.token_fields import as_utc
from tokens.web.token_forms import RevokeForm
from tokens.web.whole_value import check_whole_value


@needs(Permission.REVOKE, within=True)
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """What to do in Coolset, and the form that records that it was done."""
    token, now = token_or_404(token_id), timezone.now()
    check_whole_value(request, token, Permission.REVOKE)
    form = RevokeForm(request.POST or None, initial={"by": request.user.get_username()})
    if request.method == "POST" and form.is_valid():
        try:
            return _record(request, token, form, now)
        except InvalidInput as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token", token.pk)
    refused = request.method == "POST"
    return _page(request, token, form, now, status=400 if refused else 200)


def _record(request: HttpRequest, token: Token, form: RevokeForm, now: datetime) -> HttpResponse:
    """Record it, or ask somebody else to approve that, where the two-person rule is on."""
    actor = actor_of(request.user)
    given: dict[str, Any] = {
        "token": token,
        "reason": form.cleaned_data["reason"],
        "by": form.cleaned_data["by"],
        "at": as_utc(form.cleaned_data["at"]),
        "actor": actor,
        "now": now,
    }
    if asks_another(Rule.REVOCATION, actor):
        return asked(request, ask_revocation(**given))
    record_revocation(**given)
    wake_worker("tokens.sweep")
    messages.success(request, "Recorded. What Coolset says of it now will prove it.")
    return redirect("token", token.pk)


def _page(
    request: HttpRequest, token: Token, form: RevokeForm, now: datetime, status: int
) -> HttpResponse:
    revocation = getattr(token.secret, "revocation", None)
    again = revocation is not None and revocation.proof == Proof.CONTRADICTED.value
    waiting = Ask(for_token(token, now).order_by("pk")[:1], ("asked_with",))
    found = read_together(**questions(token), approvals=waiting)
    approval = next(iter(found.pop("approvals")), None)
    leaving = Leaving(**found)
    context = {
        "token": token,
        "form": form,
        "again": again,
        "over": token.state == State.REVOKED.value and not again,
        "active": token.state == State.ACTIVE.value,
        "switching": switching_of(token, now, leaving=leaving),
        **two_people(request, Rule.REVOCATION, companies_touched([token.pk])),
        "waiting": approval,
        "others": beside(token, reach_of(request.user), leaving.others).seen,
        "can": can(request.user, token.company_id),
    }
    return render(request, "tokens/revoke.html", context, status=status)
