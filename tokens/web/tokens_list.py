"""The inventory: what is asked for stands in the address, but nothing that may be a token."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.policy.register import looks_like_token
from tokens.policy.roles import Permission
from tokens.selectors.choices import choices
from tokens.selectors.counts import EVERY, MATCHING, counts
from tokens.selectors.filters import NAMES, Filters, TokenInQuery
from tokens.selectors.paging import SIZE, page
from tokens.selectors.within import tokens_within
from tokens.services.export_inventory import FORMATS, stream
from tokens.web.access import needs, reach_of
from tokens.web.asked_once import rules_of, standing_and_named
from tokens.web.bulk_bar import choice
from tokens.web.context import COUNTED
from tokens.web.facets import chips, facets, folded
from tokens.web.row_html import rows_html

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
NOT_SEARCHED = (
    "That looked like a token, so it was not searched for and was taken out of the address."
    ' Ask <a href="{}">“Which token is this?”</a> instead: there it is not kept anywhere.'
)
COLUMNS = (
    ("Integration", "integration"),
    ("Company", "company"),
    ("Health", "health"),
    ("Age", "age"),
    ("Due", "due"),
    ("Last used", "last_used"),
    ("Owner", ""),
)


@dataclass(frozen=True, slots=True)
class Head:
    """One column's header: its link sorts by it, or the other way where it sorts already."""

    words: str
    query: str
    order: str


@needs(Permission.VIEW, within=True)
@require_safe
def tokens_list(request: HttpRequest) -> HttpResponse:
    """One page of the tokens that the address asks for."""
    now, rules, reach = timezone.now(), rules_of(request), reach_of(request.user)
    seen = tokens_within(reach)
    try:
        filters = Filters.parse(request.GET)
        stand, named = standing_and_named(request, now, filters.q)
        cursor = request.GET.get("cursor", "")
        found = page(filters, rules, now, cursor=cursor, among=seen, named=named)
    except InvalidInput as refusal:
        return _without(request, refusal)
    if any(not value for value in request.GET.values()):
        # An empty field of the form says nothing; the address should not repeat it.
        return HttpResponseRedirect(_address(request, filters.query()))
    counted = counts(filters, rules, stand, reach, named)
    offered = choices(stand, reach)
    setattr(request, COUNTED, dict(offered.numbers))
    choose = choice(request, filters, found.rows, counted[MATCHING])
    context = {
        "on_page": len(found.rows),
        "next": filters.query(cursor=found.next) if found.next else "",
        "previous": filters.query(cursor=found.previous) if found.previous else "",
        "chips": folded(chips(filters, counted)),
        "facets": facets(filters, rules, reach, offered),
        "filters": filters,
        "heads": heads(filters),
        "total": counted[EVERY],
        "shown": counted[MATCHING],
        "empty": not counted[EVERY] and not seen.exists(),
        "size": SIZE,
        "export": filters.query(sort=None),
        "choose": choose,
        "rows": rows_html(found.rows, now, choose=choose is not None),
        "now": now,
    }
    return render(request, "tokens/list.html", context)


@needs(Permission.EXPORT, within=True)
@require_safe
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same tokens as a file; recorded in the audit trail before the first byte leaves."""
    now, rules = timezone.now(), rules_of(request)
    name = request.GET.get("format", "csv")
    if name not in FORMATS:
        return render(request, "400.html", status=400)
    try:
        filters = Filters.parse(request.GET)
    except InvalidInput as refusal:
        return _without(request, refusal, format=name)
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPES[name])
    pieces = stream(
        format=name,
        rules=rules,
        now=now,
        actor=actor_of(request.user),
        filters=filters,
        reach=reach_of(request.user, Permission.EXPORT),
    )
    answer = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[name])
    answer["Content-Disposition"] = f'attachment; filename="tokens-{now:%Y-%m-%d}.{name}"'
    return answer


def heads(filters: Filters) -> list[Head]:
    """The headers, each with its link and, where the list is sorted by it, its aria-sort."""
    found = []
    for words, sort in COLUMNS:
        sorts = bool(sort) and filters.sort_word == sort
        order = ("descending" if filters.descending else "ascending") if sorts else ""
        wanted = f"-{sort}" if order == "ascending" else sort
        asked = None if wanted == "due" else wanted
        found.append(Head(words, "?" + filters.query(sort=asked) if sort else "", order))
    return found


def _without(request: HttpRequest, refusal: InvalidInput, **kept: str) -> HttpResponse:
    """Back to the address without what was refused, and without all that looks like a token."""
    if isinstance(refusal, TokenInQuery) or "looks like a token" in refusal.message:
        messages.error(request, format_html(NOT_SEARCHED, reverse("identify")))
    else:
        messages.warning(request, f"“{refusal.field}” was not understood and was left out.")
    pairs = [
        (name, value)
        for name in NAMES
        if name != refusal.field
        for value in request.GET.getlist(name)
        if value and not looks_like_token(value)
    ]
    return HttpResponseRedirect(_address(request, urlencode([*kept.items(), *pairs])))


def _address(request: HttpRequest, query: str) -> str:
    return f"{request.path}?{query}" if query else request.path
