"""Requests of the two-person rule: all of them, one of them, and deciding about it."""

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
from tokens.errors import AlreadyKnown, InvalidInput, NotAllowed, WrongState
from tokens.models import Approval
from tokens.policy.roles import Permission
from tokens.policy.two_people import RULE, Act, Kind, Rule
from tokens.selectors.approvals import PAST_SHOWN, find, sections
from tokens.services.approvals import act_on, collect_key
from tokens.web.access import needs, reach_of
from tokens.web.approval_page import page_of, reader_of
from tokens.web.approval_words import line, rule_words
from tokens.web.dispatch import wake_worker

COLLECT = "collect"
SAID = {
    Act.APPROVE: "Approved.",
    Act.REFUSE: "Refused. Nothing changes.",
    Act.WITHDRAW: "Withdrawn.",
}


@needs(Permission.VIEW, within=True)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what the reader asked for, what is past."""
    now = timezone.now()
    found = sections(reader_of(request), now, reach_of(request.user))
    context = {
        "any": found.any,
        "waiting": [line(each, now) for each in found.waiting],
        "yours": [line(each, now) for each in found.yours],
        "ready": [line(each, now) for each in found.ready],
        "past": [line(each, now) for each in found.past],
        "past_shown": PAST_SHOWN if found.more_past else 0,
        "two_people": rule_words(),
        "now": now,
    }
    return render(request, "tokens/approvals.html", context)


@needs(Permission.VIEW, within=True)
@require_safe
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One request, to look at."""
    return page_of(request, _find(approval_id), timezone.now())


@needs(Permission.REVOKE, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def of_revocation(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Deciding about a request to record revocations."""
    return _decide(request, _find(approval_id, Rule.REVOCATION), timezone.now())


@needs(Permission.KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def of_key(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Deciding about a request for a key; whoever asked collects it here, once."""
    found, now = _find(approval_id, Rule.KEYS), timezone.now()
    if request.method == "POST" and request.POST.get("act") == COLLECT:
        return _collect(request, found, now)
    return _decide(request, found, now)


def _decide(request: HttpRequest, found: Approval, now: datetime) -> HttpResponse:
    if request.method != "POST":
        return page_of(request, found, now, deciding=True)
    try:
        act = Act(request.POST.get("act", ""))
    except ValueError:
        return render(request, "400.html", status=400)
    try:
        act_on(
            approval=found,
            act=act,
            reason=request.POST.get("reason", ""),
            by=reader_of(request),
            actor=actor_of(request.user),
            now=now,
        )
    except InvalidInput as error:
        problem = f"Say why: it {error.message}."
        return page_of(request, found, now, deciding=True, problem=problem)
    except (NotAllowed, WrongState) as error:
        messages.error(request, error.message)
    else:
        wake_worker("tokens.sweep" if act is Act.APPROVE else "tokens.deliver")
        messages.success(request, SAID[act])
    return redirect("approval", found.pk)


def _collect(request: HttpRequest, found: Approval, now: datetime) -> HttpResponse:
    given: dict[str, Any] = {"by": reader_of(request), "actor": actor_of(request.user), "now": now}
    try:
        _, plain = collect_key(approval=found, **given)
    except (AlreadyKnown, NotAllowed, WrongState) as error:
        named = "Another key has its name by now: revoke that one first, or ask anew."
        messages.error(request, named if isinstance(error, AlreadyKnown) else error.message)
        return redirect("approval", found.pk)
    return page_of(request, _find(found.pk), now, shown_once=plain)


def _find(approval_id: UUID, rule: Rule | None = None) -> Approval:
    found = find(approval_id)
    if found is None or (rule is not None and RULE[Kind(found.kind)] is not rule):
        raise Http404("no such request")
    return found
