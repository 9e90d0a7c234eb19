"""The report for auditors: a page made for paper, and the same as PDF and JSON."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.policy.roles import Permission
from tokens.selectors.report_words import period, sections
from tokens.selectors.span import Span
from tokens.services.make_report import make_report, report_bytes
from tokens.web.access import needs

CONTENT_TYPES = {"pdf": "application/pdf", "json": "application/json"}


@needs(Permission.EXPORT)
@require_safe
def report_page(request: HttpRequest) -> HttpResponse:
    """The report of the asked days, 90 up to today where none are asked for."""
    now, problem = timezone.now(), None
    try:
        span = _span(request)
    except InvalidInput as refusal:
        span, problem = Span.parse({}, now), refusal
    made = make_report(span=span, format="html", actor=actor_of(request.user), now=now)
    context = {
        "report": made,
        "sections": sections(made),
        "period": period(made),
        "problem": problem,
        "query": urlencode({"from": span.since, "to": span.until}),
    }
    return render(request, "evidence/report.html", context, status=400 if problem else 200)


@needs(Permission.EXPORT)
@require_safe
def report_pdf(request: HttpRequest) -> HttpResponse:
    return _file(request, "pdf")


@needs(Permission.EXPORT)
@require_safe
def report_json(request: HttpRequest) -> HttpResponse:
    return _file(request, "json")


def _span(request: HttpRequest) -> Span:
    asked = {name: request.GET.get(name, "") for name in ("days", "from", "to")}
    return Span.parse(asked, timezone.now())


def _file(request: HttpRequest, name: str) -> HttpResponse:
    try:
        span = _span(request)
    except InvalidInput:
        query = urlencode({key: request.GET.get(key, "")[:20] for key in ("from", "to")})
        return HttpResponseRedirect(f"{reverse('evidence-report')}?{query}")
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPES[name])
    now = timezone.now()
    made = make_report(span=span, format=name, actor=actor_of(request.user), now=now)
    answer = HttpResponse(report_bytes(made, name), content_type=CONTENT_TYPES[name])
    file = f"token-governance-{span.since}-{span.until}.{name}"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer
