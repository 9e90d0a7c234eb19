"""The audit trail as a page: filters in the address, newest first, each entry as a sentence."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.audit import Event, account, describe, head
from tokens.errors import InvalidInput
from tokens.policy.roles import Permission, Reach
from tokens.selectors.archived import archived
from tokens.selectors.trail import TrailFilters, TrailPage, trail
from tokens.selectors.within import companies_within
from tokens.services.export_audit import export_audit
from tokens.web.access import needs, reach_of
from tokens.web.names import refused_search
from tokens.web.trail_words import line_of

KINDS = sorted(((event.value, describe(event.value)) for event in Event), key=lambda one: one[1])


@needs(Permission.VIEW, within=True)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Entries that match, at most fifty, with the head of the chain."""
    if (refused := refused_search(request, "actor", "subject", "company")) is not None:
        return refused
    problem: InvalidInput | None = None
    try:
        filters = TrailFilters.parse(request.GET)
    except InvalidInput as error:
        filters, problem = TrailFilters(), error
    reach = reach_of(request.user)
    older, newer = (_number(request.GET, name) for name in ("older", "newer"))
    page = trail(filters, older=older, newer=newer, reach=reach)
    context = {
        "lines": [line_of(entry) for entry in page.entries],
        "last_number": page.entries[-1].number if page.entries else 0,
        "filters": filters,
        "filtered": bool(filters.pairs()),
        "company": _company_name(filters.company, reach),
        "kinds": KINDS,
        "links": _links(filters, page),
        "head": head(),
        "archived": archived(),
        "problem": problem,
        "now": timezone.now(),
    }
    return render(request, "tokens/audit.html", context, status=400 if problem else 200)


@needs(Permission.EXPORT)
@require_safe
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The whole trail as a file that a stranger can check; recorded before the first byte."""
    now, kind = timezone.now(), "application/jsonl; charset=utf-8"
    if request.method == "HEAD":
        return HttpResponse(content_type=kind)
    lines = export_audit(actor=account(request.user), now=now)
    answer = StreamingHttpResponse(lines, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="audit-{now:%Y-%m-%d}.jsonl"'
    return answer


def _company_name(asked: str, reach: Reach) -> str:
    """What stands in the filter's field: a name, also where the address holds an id."""
    try:
        key = UUID(asked)
    except ValueError:
        return asked
    found = companies_within(reach).filter(pk=key)
    return found.values_list("name", flat=True).first() or asked


def _links(filters: TrailFilters, page: TrailPage) -> dict[str, str]:
    asked = filters.pairs()
    return {
        name: "?" + urlencode({**asked, name: number}) if number else ""
        for name, number in (("older", page.older), ("newer", page.newer))
    }


def _number(query: QueryDict, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
