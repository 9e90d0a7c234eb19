"""The page of one access review: whose tokens, which of them, and what the reader may do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tokens.models import Account, Review, ReviewItem
from tokens.policy.fields import has_prefixed_token
from tokens.policy.roles import Permission
from tokens.selectors import reviews as selector
from tokens.selectors.reviews import SHOWN, WAITING
from tokens.services.reviews.sign import check_result
from tokens.web.access import can, may, reach_of
from tokens.web.review_words import lines, standing

#: So many denied tokens are named beside the list.
LEFT_SHOWN = 100
EVERYBODY = "all"


def review_page(request: HttpRequest, one: Review, problem: str) -> HttpResponse:
    """The page; `problem` says in a sentence why nothing was decided."""
    now, account, part = timezone.now(), account_of(request), part_for(request)
    people = selector.progress(one, part)
    asked = asked_of(request, one, account, [each.reviewer_id for each in people])
    edges = {name: _place(request, name) for name in ("after", "before")}
    page = selector.items(
        one,
        reviewer=asked["reviewer"],
        shown=asked["shown"],
        part=part,
        after=edges["after"],
        before=edges["before"],
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
        "here": address_query(asked, **{name: at for name, at in edges.items() if at}),
        "next": address_query(asked, after=page.after) if page.after is not None else "",
        "previous": address_query(asked, before=page.before) if page.before is not None else "",
        "deciding": one.is_open and any(each.reviewer_id == account.pk for each in page.items),
        "may_ask": may(account, Permission.ASK_REVIEW),
        "me": account,
        "problem": problem,
        **_kept(request, problem),
        "checked": None if one.is_open else check_result(one),
        "left": [] if one.is_open else _left(one, account, part),
        "now": now,
    }
    return render(request, "evidence/review.html", context, status=400 if problem else 200)


def asked_of(
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
        (words, address_query({**asked, "shown": word}), numbers[word], asked["shown"] == word)
        for word, words in named.items()
    ]


def _kept(request: HttpRequest, problem: str) -> dict[str, Any]:
    """What was sent and not taken, so that nobody ticks twice; a token is forgotten."""
    reason = request.POST.get("reason", "") if problem else ""
    return {
        "ticked": set(request.POST.getlist("item")) if problem else set(),
        "every": bool(problem) and request.POST.get("every") == "yes",
        "reason": "" if has_prefixed_token(reason) else reason,
    }


def _left(one: Review, account: Account, part: Q) -> list[tuple[ReviewItem, dict[str, bool]]]:
    """Denied tokens that are still active, with what the reader may do with each."""
    found = selector.denied_tasks().filter(part, review=one).select_related("token")
    return [
        (item, can(account, item.token.company_id)) for item in found.order_by("place")[:LEFT_SHOWN]
    ]


def address_query(asked: dict[str, Any], **edge: int | None) -> str:
    """The query of the same list, at another place."""
    return urlencode({"reviewer": asked["who"], "shown": asked["shown"], **edge})


def _place(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def part_for(request: HttpRequest) -> Q:
    """The items of reviews that whoever is signed in sees."""
    return selector.part_of(request.user.pk, reach_of(request.user, Permission.REVIEW))


def account_of(request: HttpRequest) -> Account:
    """Whoever is signed in."""
    if not isinstance(request.user, Account):  # access was checked: this is for the type checker
        raise TypeError("an account decides")
    return request.user
