"""Access reviews: all of them, one of them with its form for deciding, and what closes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import DomainError, InvalidInput
from tokens.models import Account, Review
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.selectors import reviews as selector
from tokens.selectors.reviews import SHOWN, WAITING
from tokens.services.reviews.decide import decide
from tokens.services.reviews.sign import check_result
from tokens.web.access import may, needs
from tokens.web.careful import sentence
from tokens.web.review_words import lines, standing

LISTED = 100
EVERYBODY = "all"


@needs(Permission.VIEW)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """The newest reviews, with how far each is."""
    now = timezone.now()
    found = list(selector.reviews()[: LISTED + 1])
    context = {
        "rows": [(each, *standing(each, now)) for each in found[:LISTED]],
        "more": len(found) > LISTED,
        "may_ask": may(request.user, Permission.ASK_REVIEW),
        "now": now,
    }
    return render(request, "evidence/reviews.html", context)


@needs(Permission.VIEW, post=Permission.REVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The tokens that wait for the reader, or whatever the address asks for; POST decides."""
    one = review_or_404(review_id)
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
    return _page(request, one, problem)


def _decide(request: HttpRequest, one: Review) -> int:
    chosen = request.POST.getlist("all" if request.POST.get("every") == "yes" else "item")
    return decide(
        review=one,
        items=[_id(text) for text in chosen],
        decision=request.POST.get("decision", ""),
        reason=request.POST.get("reason", ""),
        account=_account(request),
        actor=actor_of(request.user),
        now=timezone.now(),
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("cannot be read", field="items") from None


def _page(request: HttpRequest, one: Review, problem: str) -> HttpResponse:
    now, account = timezone.now(), _account(request)
    people = selector.progress(one)
    asked = _asked(request, one, account, [each.reviewer_id for each in people])
    page = selector.items(
        one,
        reviewer=asked["reviewer"],
        shown=asked["shown"],
        after=_place(request, "after"),
        before=_place(request, "before"),
    )
    tone, words = standing(one, now)
    context: dict[str, Any] = {
        "review": one,
        "tone": tone,
        "words": words,
        "people": people,
        "asked": asked,
        "chips": _chips(one, asked, people),
        "lines": lines(page.items, account, one),
        "page": page,
        "next": _query(asked, after=page.after) if page.after is not None else "",
        "previous": _query(asked, before=page.before) if page.before is not None else "",
        "deciding": one.is_open and any(each.reviewer_id == account.pk for each in page.items),
        "may_ask": may(account, Permission.ASK_REVIEW),
        "me": account,
        "problem": problem,
        "reason": request.POST.get("reason", "") if problem else "",
        "checked": None if one.is_open else check_result(one),
        "left": [] if one.is_open else _left(one),
        "late": selector.is_late(one, utc_day(now)),
        "now": now,
    }
    return render(request, "evidence/review.html", context, status=400 if problem else 200)


def _asked(
    request: HttpRequest, one: Review, account: Account, people: list[UUID]
) -> dict[str, Any]:
    """Whose tokens are listed, and which of them; by default what waits for the reader."""
    own = account.pk in people
    reviewer = request.GET.get("reviewer", "") or (str(account.pk) if own else EVERYBODY)
    known = {str(each): each for each in people}
    shown = request.GET.get("shown", "")
    usual = WAITING if one.is_open and own else selector.ALL
    return {
        "reviewer": known.get(reviewer),
        "who": reviewer if reviewer in known else EVERYBODY,
        "shown": shown if shown in SHOWN else usual,
    }


def _chips(one: Review, asked: dict[str, Any], people: Any) -> list[tuple[str, str, int, bool]]:
    mine = [each for each in people if asked["reviewer"] in {None, each.reviewer_id}]
    numbers = {
        "waiting": sum(each.waiting for each in mine),
        "confirmed": sum(each.confirmed for each in mine),
        "denied": sum(each.denied for each in mine),
        "all": sum(each.tokens for each in mine),
    }
    named = {"waiting": "To decide" if one.is_open else "Undecided", "confirmed": "Confirmed",
             "denied": "Denied", "all": "All"}  # fmt: skip
    return [
        (words, _query({**asked, "shown": word}), numbers[word], asked["shown"] == word)
        for word, words in named.items()
    ]


def _left(one: Review) -> list[Any]:
    """Denied tokens that are still active: what is left to do after the review."""
    found = selector.denied_tasks().filter(review=one).select_related("token")
    return list(found.order_by("place")[:LISTED])


def _query(asked: dict[str, Any], **edge: int | None) -> str:
    return urlencode({"reviewer": asked["who"], "shown": asked["shown"], **edge})


def _place(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _back(request: HttpRequest, one: Review) -> str:
    """The same list again: what was decided has left it, so the next tokens are in view."""
    kept = {name: request.GET[name] for name in ("reviewer", "shown") if name in request.GET}
    address = reverse("review", args=[one.pk])
    return f"{address}?{urlencode(kept)}" if kept else address


def _account(request: HttpRequest) -> Account:
    if not isinstance(request.user, Account):  # access was checked: this is for the type checker
        raise TypeError("an account decides")
    return request.user


def review_or_404(review_id: UUID) -> Review:
    found = selector.find(review_id)
    if found is None:
        raise Http404("no such review")
    return found
