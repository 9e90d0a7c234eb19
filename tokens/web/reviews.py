"""Access reviews: all of them, one of them with its form for deciding, and what closes it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import DomainError, InvalidInput
from tokens.models import Review
from tokens.policy.roles import Permission
from tokens.selectors import reviews as selector
from tokens.services.reviews.decide import decide
from tokens.web.access import may, needs, reach_of
from tokens.web.careful import sentence
from tokens.web.review_page import account_of, address_query, asked_of, part_for, review_page
from tokens.web.review_words import standing

LISTED = 100


@needs(Permission.REVIEW, within=True)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """The newest reviews, with how far each is; for roles in companies as far as it is theirs."""
    now = timezone.now()
    found = list(selector.reviews(part_for(request))[: LISTED + 1])
    context = {
        "rows": [(each, *standing(each, now)) for each in found[:LISTED]],
        "more": len(found) > LISTED,
        "may_ask": may(request.user, Permission.ASK_REVIEW),
        "now": now,
    }
    return render(request, "evidence/reviews.html", context)


@needs(Permission.REVIEW, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The tokens that wait for the reader, or whatever the address asks for; POST decides."""
    one = review_or_404(review_id, part_for(request))
    problem = ""
    if request.method == "POST":
        try:
            number = _decide(request, one)
        except DomainError as error:
            problem = sentence(f"{error.field} {error.message}".strip())
        else:
            verb = "Confirmed" if request.POST["decision"] == "confirm" else "Denied"
            messages.success(request, f"{verb} {number} {'token' if number == 1 else 'tokens'}.")
            return redirect(_back(request, one))
    return review_page(request, one, problem)


def _decide(request: HttpRequest, one: Review) -> int:
    chosen = request.POST.getlist("all" if request.POST.get("every") == "yes" else "item")
    return decide(
        review=one,
        items=[_id(text) for text in chosen],
        decision=request.POST.get("decision", ""),
        reason=request.POST.get("reason", ""),
        account=account_of(request),
        actor=actor_of(request.user),
        now=timezone.now(),
        reach=reach_of(request.user, Permission.REVIEW),
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("cannot be read", field="items") from None


def _back(request: HttpRequest, one: Review) -> str:
    """The same list again: what was decided has left it, so the next tokens are in view."""
    account = account_of(request)
    people = [each.reviewer_id for each in selector.progress(one, part_for(request))]
    query = address_query(asked_of(request, one, account, people))
    return f"{reverse('review', args=[one.pk])}?{query}"


def review_or_404(review_id: UUID, part: Q | None = None) -> Review:
    """The review, with its numbers in this part of it (None: all); 404 where it has none there."""
    found = selector.find(review_id, part or Q())
    if found is None:
        raise Http404("no such review")
    return found
