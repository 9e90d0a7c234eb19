"""What auditors ask for, on one page: the share today and the ways to history and report."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.policy.compliance import DENOMINATOR, share_sentence
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.selectors.compliance import history, tally_now
from tokens.selectors.reviews import part_of, waiting_for
from tokens.selectors.reviews import reviews as recent
from tokens.web.access import needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.charts_trend import trend
from tokens.web.review_words import standing

DAYS = 90
REVIEWS = 5


@needs(Permission.VIEW, within=True)
@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """The share now, its line over the last days, and where the rest is: of what is in reach."""
    now, reach = timezone.now(), reach_of(request.user)
    today = utc_day(now)
    days = history(None, today - timedelta(days=DAYS - 1), today, reach)
    tally = tally_now(rules_of(request), now, reach=reach)
    decides = reach_of(request.user, Permission.REVIEW)
    found = recent(part_of(request.user.pk, decides))[:REVIEWS]
    context = {
        "tally": tally,
        "sentence": share_sentence(tally),
        "denominator": DENOMINATOR,
        "chart": trend(days) if any(day.tally is not None for day in days) else None,
        "days": DAYS,
        "reports": reports(today),
        "mine": waiting_for(request.user.pk, decides),
        "rows": [(each, *standing(each, now)) for each in found],
        "now": now,
    }
    return render(request, "evidence/evidence.html", context)


def reports(today: date) -> list[tuple[str, str]]:
    """Periods that auditors ask for, with the query of their report: words first."""
    last = today.replace(day=1) - timedelta(days=1)
    opened = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    before = opened - timedelta(days=1)
    quarter = date(before.year, before.month - 2, 1)
    spans = (
        ("Last 90 days", today - timedelta(days=DAYS - 1), today),
        ("Last month", last.replace(day=1), last),
        ("Last quarter", quarter, before),
        ("This year", date(today.year, 1, 1), today),
    )
    return [(words, urlencode({"from": since, "to": until})) for words, since, until in spans]
