"""Asking for an exception for one token."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.policy.exceptions import SOON_DAYS
from tokens.policy.roles import Permission
from tokens.selectors.facts import one
from tokens.selectors.words import days
from tokens.services.exceptions import ask_exception
from tokens.services.exceptions.deciders import is_alone
from tokens.web.access import needs
from tokens.web.asked_once import rules_of
from tokens.web.dispatch import wake_worker
from tokens.web.exception_form import ExceptionForm
from tokens.web.lookup import token_or_404


@needs(Permission.EXCEPT, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Ask for an exception for one token."""
    token, now = token_or_404(token_id), timezone.now()
    row = one(token_id, rules_of(request), now)
    if row is None:
        raise Http404("no such token")
    form = ExceptionForm(row, now, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            exception = ask_exception(
                token=token,
                **form.cleaned_data,
                by=reader_of(request),
                actor=actor_of(request.user),
                now=now,
            )
        except InvalidInput as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token", token.pk)
        else:
            wake_worker("tokens.deliver")
            messages.success(request, "Asked. Nothing is silent before it is approved.")
            return redirect("exception", exception.pk)
    context = {
        "token": token,
        "form": form,
        "alone": is_alone(reader_of(request), [token.company_id]),
        "soon": days(SOON_DAYS),
    }
    return render(request, "tokens/exception_new.html", context, status=400 if form.errors else 200)


def reader_of(request: HttpRequest) -> str:
    """Who is signed in, as exceptions name people."""
    return str(request.user.get_username()).lower()
