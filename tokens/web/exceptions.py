"""Exceptions: all of them, and one of them with what may be done with it."""

from __future__ import annotations

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
from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Act, Standing
from tokens.policy.roles import Permission
from tokens.selectors.exceptions import PAST_SHOWN, Listed, find, listed, sections
from tokens.services.exceptions import act_on
from tokens.services.exceptions.deciders import is_alone
from tokens.web.access import can, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.dispatch import wake_worker
from tokens.web.exception_new import reader_of
from tokens.web.exception_words import STANDING, line, lines, past_line

SAID = {
    Act.APPROVE: "Approved. What it names is silent through its last day.",
    Act.REFUSE: "Refused. Nothing changes.",
    Act.WITHDRAW: "Withdrawn.",
    Act.END: "Closed. What it named counts again.",
}


@needs(Permission.VIEW, within=True)
@require_safe
def exceptions(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what is in force, what is over."""
    now, reader = timezone.now(), reader_of(request)
    found = sections(reader, rules_of(request), now, reach_of(request.user))
    decides = reach_of(request.user, Permission.EXCEPT)
    context = {
        "any": found.any,
        "waiting": lines(each for each in found.waiting if decides.includes(_company(each))),
        "for_others": lines(each for each in found.waiting if not decides.includes(_company(each))),
        "yours": lines(found.yours),
        "over": lines(found.over),
        "in_force": lines(found.in_force),
        "past": [past_line(each) for each in found.past],
        "past_shown": PAST_SHOWN if found.more_past else 0,
        "alone": bool(found.yours) and is_alone(reader, {_company(each) for each in found.yours}),
        "now": now,
    }
    return render(request, "tokens/exceptions.html", context)


def _company(each: Listed) -> UUID:
    return each.exception.token.company_id


@needs(Permission.VIEW, post=Permission.EXCEPT, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """One exception; a POST approves, refuses, withdraws or ends it."""
    found, now = find(exception_id), timezone.now()
    if found is None:
        raise Http404("no such exception")
    if request.method != "POST":
        return _page(request, found, now)
    try:
        act = Act(request.POST.get("act", ""))
    except ValueError:
        return render(request, "400.html", status=400)
    try:
        act_on(
            exception=found,
            act=act,
            reason=request.POST.get("reason", ""),
            by=reader_of(request),
            actor=actor_of(request.user),
            now=now,
        )
    except InvalidInput as error:
        return _page(request, found, now, problem=f"Say why: it {error.message}.")
    except (NotAllowed, WrongState) as error:
        messages.error(request, error.message)
    else:
        wake_worker("tokens.deliver")
        messages.success(request, SAID[act])
    return redirect("exception", found.pk)


def _page(
    request: HttpRequest, found: PolicyException, now: datetime, problem: str = ""
) -> HttpResponse:
    (each,) = listed([found], utc_day(now))
    _, tone, title = STANDING[each.standing]
    mine, company = found.asked_by == reader_of(request), found.token.company_id
    here = can(request.user, company)
    context: dict[str, Any] = {
        "exception": found,
        "token": found.token,
        "line": line(each),
        "standing": each.standing.value,
        "tone": tone,
        "title": title,
        "mine": mine,
        "ended_early": found.closed_at is not None and utc_day(found.closed_at) <= found.ends_on,
        "alone": mine and each.standing is Standing.WAITING and is_alone(found.asked_by, [company]),
        "can": here,
        "may_act": here[Permission.EXCEPT],
        "problem": problem,
        "now": now,
    }
    return render(request, "tokens/exception.html", context, status=400 if problem else 200)
