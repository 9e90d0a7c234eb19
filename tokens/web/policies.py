"""The policy in force, and changing it in two steps: first what would follow, then the change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.policy.roles import Permission
from tokens.policy.settings import Rules
from tokens.selectors.policy_preview import effects
from tokens.services.change_policy import LIMITS, change_policy, check_numbers
from tokens.services.policy_in_force import rules_in_force
from tokens.web.access import needs
from tokens.web.careful import CarefulForm
from tokens.web.words import FLAG_WORDS

MEANINGS = {
    "rotate_days": (
        "Rotate every (days)",
        "days",
        "A token issued on day D is due on day D + this, and overdue from the day after.",
    ),
    "warn_days": (
        "Warn before (days)",
        "days",
        (
            "A token is due soon from so many days left on. A token of unknown age is due so many "
            "days after it was stored."
        ),
    ),
    "unused_days": (
        "Unused after (days)",
        "days",
        "A token nobody was seen using for longer is called unused, where a source could see it.",
    ),
    "stale_hours": (
        "Not checked lately after (hours)",
        "hours",
        "Without a clear answer from Coolset for longer, a token is called not checked lately.",
    ),
    "overlap_days": (
        "Old and new side by side (days)",
        "days",
        "How long a replaced token may stay in force before its revocation is asked for.",
    ),
}


class PolicyForm(CarefulForm):
    """One whole number per rule; the service's own check names the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, _, meaning) in MEANINGS.items():
            lowest, highest = LIMITS[name]
            self.fields[name] = forms.IntegerField(
                label=label, help_text=meaning, min_value=lowest, max_value=highest
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                check_numbers(self.cleaned_data)
            except InvalidInput as error:
                self.refuse(error)
        return self.cleaned_data


@needs(Permission.VIEW)
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """The policy in force and what each number means."""
    rules = rules_in_force().base
    numbers = [
        (label.rsplit(" (", 1)[0], getattr(rules, name), unit, meaning)
        for name, (label, unit, meaning) in MEANINGS.items()
    ]
    return render(request, "tokens/policies.html", {"rules": rules, "numbers": numbers})


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """First sent, the form comes back with what would follow; sent again, it is done."""
    rules, now = rules_in_force().base, timezone.now()
    present = {name: asdict(rules)[name] for name in MEANINGS}
    form = PolicyForm(request.POST or None, initial=present)
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("step") == "save":
        change_policy(**form.cleaned_data, actor=actor_of(request.user), now=now)
        messages.success(request, "The policy was changed. All due days follow it.")
        return redirect("policies")
    context: dict[str, Any] = {"form": form, "rules": rules}
    if valid:
        context |= {
            "preview": [
                (FLAG_WORDS[effect.flag][0], effect)
                for effect in effects(rules, Rules(**form.cleaned_data), now)
            ],
            "changed": [
                (MEANINGS[name][0], present[name], number)
                for name, number in form.cleaned_data.items()
                if number != present[name]
            ],
        }
    return render(request, "tokens/policy_edit.html", context, status=400 if form.errors else 200)
