"""Exceptions: all of them, one of them, and asking for one. One asks, another approves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, NotAllowed, WrongState
from tokens.models import Account, PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import SOON_DAYS, Standing
from tokens.policy.roles import Permission
from tokens.selectors.exceptions import PAST_SHOWN, find, listed, sections
from tokens.selectors.facts import one
from tokens.selectors.words import days
from tokens.services.exceptions import (
    approve_exception,
    ask_exception,
    close_exception,
    refuse_exception,
    withdraw_exception,
)
from tokens.services.policy_in_force import rules_in_force
from tokens.web.access import may, needs
from tokens.web.dispatch import wake_worker
from tokens.web.exception_form import ExceptionForm
from tokens.web.exception_words import STANDING, line, lines, past_line
from tokens.web.lookup import token_or_404

Act = Callable[[PolicyException, HttpRequest, datetime], str]


@needs(Permission.VIEW)
@require_safe
def exceptions(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what is in force, what is over."""
    now, reader = timezone.now(), request.user.get_username()
    found = sections(reader, rules_in_force(), now)
    context = {
        "any": found.any,
        "waiting": lines(found.waiting),
        "yours": lines(found.yours),
        "over": lines(found.over),
        "in_force": lines(found.in_force),
        "past": [past_line(each) for each in found.past],
        "past_shown": PAST_SHOWN if found.more_past else 0,
        "alone": bool(found.yours) and _alone(reader),
        "may_act": may(request.user, Permission.EXCEPT),
        "now": now,
    }
    return render(request, "tokens/exceptions.html", context)


@needs(Permission.EXCEPT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Ask for an exception for one token."""
    token, now = token_or_404(token_id), timezone.now()
    row = one(token_id, rules_in_force(), now)
    if row is None:
        raise Http404("no such token")
    form = ExceptionForm(row, now, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            exception = ask_exception(
                token=token,
                **form.cleaned_data,
                by=request.user.get_username(),
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
        "alone": _alone(_me(request)),
        "soon": days(SOON_DAYS),
    }
    return render(request, "tokens/exception_new.html", context, status=400 if form.errors else 200)


@needs(Permission.VIEW, post=Permission.EXCEPT)
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """One exception; a POST approves, refuses, withdraws or ends it."""
    found, now = find(exception_id), timezone.now()
    if found is None:
        raise Http404("no such exception")
    if request.method != "POST":
        return _page(request, found, now)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        return render(request, "400.html", status=400)
    try:
        messages.success(request, act(found, request, now))
    except InvalidInput as error:
        return _page(request, found, now, problem=f"Say why: it {error.message}.")
    except (NotAllowed, WrongState) as error:
        messages.error(request, error.message)
    return redirect("exception", found.pk)


def _page(
    request: HttpRequest, found: PolicyException, now: datetime, problem: str = ""
) -> HttpResponse:
    (each,) = listed([found], utc_day(now))
    _, tone, title = STANDING[each.standing]
    mine = found.asked_by == _me(request)
    context: dict[str, Any] = {
        "exception": found,
        "token": found.token,
        "line": line(each),
        "standing": each.standing.value,
        "tone": tone,
        "title": title,
        "mine": mine,
        "ended_early": found.closed_at is not None and utc_day(found.closed_at) <= found.ends_on,
        "alone": mine and each.standing is Standing.WAITING and _alone(found.asked_by),
        "may_act": may(request.user, Permission.EXCEPT),
        "problem": problem,
        "now": now,
    }
    return render(request, "tokens/exception.html", context, status=400 if problem else 200)


def _approve(found: PolicyException, request: HttpRequest, now: datetime) -> str:
    approve_exception(exception=found, by=_me(request), actor=actor_of(request.user), now=now)
    return "Approved. What it names is silent through its last day."


def _refuse(found: PolicyException, request: HttpRequest, now: datetime) -> str:
    reason = request.POST.get("reason", "")
    actor = actor_of(request.user)
    refuse_exception(exception=found, reason=reason, by=_me(request), actor=actor, now=now)
    return "Refused. Nothing changes."


def _withdraw(found: PolicyException, request: HttpRequest, now: datetime) -> str:
    withdraw_exception(exception=found, by=_me(request), actor=actor_of(request.user), now=now)
    return "Withdrawn."


def _close(found: PolicyException, request: HttpRequest, now: datetime) -> str:
    close_exception(exception=found, by=_me(request), actor=actor_of(request.user), now=now)
    return "Closed. What it named counts again."


_ACTS: dict[str, Act] = {
    "approve": _approve,
    "refuse": _refuse,
    "withdraw": _withdraw,
    "close": _close,
}


def _me(request: HttpRequest) -> str:
    return str(request.user.get_username()).lower()


def _alone(asker: str) -> bool:
    """Whether nobody but the asker could approve."""
    return not Account.objects.administrators().exclude(email=asker).exists()
