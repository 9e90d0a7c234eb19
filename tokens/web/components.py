"""All components in all their states, on one page, for whoever works on the product's looks."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.policy.compliance import Tally
from tokens.policy.roles import Permission
from tokens.selectors.compliance import Day
from tokens.web import charts
from tokens.web.access import needs
from tokens.web.charts_trend import trend
from tokens.web.forms import SecretInput

TONES = ("red", "amber", "blue", "ok", "grey")


class SampleForm(forms.Form):
    """One field of each kind; sent empty, it shows every error."""

    name = forms.CharField(help_text="As Coolset shows it.")
    secret = forms.CharField(widget=SecretInput, help_text="Never shown again.")
    environment = forms.ChoiceField(choices=[("production", "production"), ("development", "dev")])
    scope = forms.ChoiceField(
        choices=[("read", "read"), ("write", "write")], widget=forms.RadioSelect
    )
    sure = forms.BooleanField(label="Store it although Coolset could not be asked")
    note = forms.CharField(widget=forms.Textarea, required=False)


@needs(Permission.VIEW)
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """The catalogue; it exists where DEBUG is on or SHOW_COMPONENTS says so."""
    if not getattr(settings, "SHOW_COMPONENTS", settings.DEBUG):
        raise Http404
    return render(request, "shell/components.html", _samples())


def _share(today: date) -> list[Day]:
    """Ninety days, with three on which nobody counted."""
    return [
        Day(today - timedelta(days=ago), None if 40 <= ago < 43 else Tally(90 - ago // 6, ago // 6))
        for ago in reversed(range(90))
    ]


def _samples() -> dict[str, Any]:
    now = timezone.now()
    ages = {day: 1 + (day * 7) % 5 for day in range(0, 112, 3)}
    days: list[tuple[date, int, int]] = [
        (now.date() - timedelta(days=13 - n), 0 if n == 5 else 24, 0 if n == 5 else (n * 5) % 22)
        for n in range(14)
    ]
    return {
        "now": now,
        "earlier": now - timedelta(minutes=4),
        "due": now + timedelta(days=56),
        "tones": TONES,
        "form": SampleForm(),
        "wrong": SampleForm({"scope": "all"}, auto_id="wrong_%s"),
        "ages": charts.age_histogram(ages, limit=90, warn=14),
        "use": charts.sparkline(days),
        "share": trend(_share(now.date())),
        "empty_ages": charts.age_histogram({}, limit=90, warn=14),
    }
