"""The share within policy over time, of one company or of all in reach, with its numbers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.models import Company
from tokens.policy.compliance import DENOMINATOR, share_sentence
from tokens.policy.roles import Permission
from tokens.selectors.choices import MANY
from tokens.selectors.compliance import first_day, history, tally_now
from tokens.selectors.span import Span
from tokens.selectors.within import companies_within
from tokens.services.export_history import export_history
from tokens.web.access import may, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.charts_trend import trend

RANGES = (30, 90, 365)


@needs(Permission.VIEW, within=True)
@require_safe
def compliance_history(request: HttpRequest) -> HttpResponse:
    """The line and its table; what cannot be understood in the address is left out and named."""
    now, problem, reach = timezone.now(), None, reach_of(request.user)
    try:
        span = Span.parse(request.GET, now, reach=reach)
    except InvalidInput as refusal:
        span, problem = Span.parse({}, now), refusal
    company = span.company.pk if span.company else None
    days = history(company, span.since, span.until, reach)
    today = tally_now(rules_of(request), now, company, reach)
    counted = [day for day in reversed(days) if day.tally is not None]
    context = {
        "span": span,
        "problem": problem,
        "chips": [(each, _query(each, span.company), each == span.days) for each in RANGES],
        "companies": companies_within(reach).order_by("name").values_list("pk", "name")[:MANY],
        "chart": trend(days),
        "counted": counted,
        "gaps": _gaps(span, len(counted)),
        "today": today,
        "sentence": share_sentence(today),
        "denominator": DENOMINATOR,
        "export": _export_query(span) if may(request.user, Permission.EXPORT, company) else "",
        "now": now,
    }
    return render(request, "evidence/history.html", context, status=400 if problem else 200)


@needs(Permission.EXPORT, within=True)
@require_safe
def history_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same rows as a file; recorded before the first byte leaves."""
    now, reach = timezone.now(), reach_of(request.user, Permission.EXPORT)
    try:
        span = Span.parse(request.GET, now, reach=reach)
    except InvalidInput:
        return HttpResponseRedirect(reverse("evidence-history"))
    if request.method == "HEAD":
        return HttpResponse(content_type="text/csv; charset=utf-8")
    pieces = export_history(span=span, actor=actor_of(request.user), now=now, reach=reach)
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"compliance-{span.since}-{span.until}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _gaps(span: Span, counted: int) -> int:
    """Days since the first count on which nobody counted."""
    first = first_day()
    if first is None or first > span.until:
        return 0
    return (span.until - max(first, span.since)).days + 1 - counted


def _query(days: int, company: Company | None) -> str:
    return urlencode({"days": days, **({"company": company.pk} if company else {})})


def _export_query(span: Span) -> str:
    chosen = {"company": span.company.pk} if span.company else {}
    return urlencode({"from": span.since, "to": span.until, **chosen})
