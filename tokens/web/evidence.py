"""What auditors ask for, on one page: the share today and the ways to history and report."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.policy.compliance import DENOMINATOR, share_sentence
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.selectors.compliance import history, tally_now
from tokens.services.policy_in_force import rules_in_force
from tokens.web.access import needs
from tokens.web.charts_trend import trend

DAYS = 90


@needs(Permission.VIEW)
@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """The share now, its line over the last days, and where the rest is."""
    now = timezone.now()
    today = utc_day(now)
    days = history(None, today - timedelta(days=DAYS - 1), today)
    tally = tally_now(rules_in_force(), now)
    context = {
        "tally": tally,
        "sentence": share_sentence(tally),
        "denominator": DENOMINATOR,
        "chart": trend(days) if any(day.tally is not None for day in days) else None,
        "days": DAYS,
        "now": now,
    }
    return render(request, "evidence/evidence.html", context)
