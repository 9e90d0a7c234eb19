"""Snoozing a token's reminders: until when and why, and ending that early."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models.preferences import REASON_LENGTH
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.policy.snooze import latest_end
from tokens.selectors.snooze import snooze_of
from tokens.services.snooze import end_snooze, snooze
from tokens.web.access import needs
from tokens.web.lookup import token_or_404
from tokens.web.token_fields import QuietForm, text

#: What the form proposes.
A_WEEK = timedelta(days=7)


class SnoozeForm(QuietForm):
    """Until when, and why: the reason is what everybody else reads."""

    secret_fields = ()
    until = forms.DateField(
        label="Until the end of (UTC)",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "This is not a date."},
    )
    reason = text(
        "Reason", REASON_LENGTH, help_text="Shown on the token’s page and kept in the audit trail."
    )


@needs(Permission.EDIT, within=True)
@require_http_methods(["GET", "POST"])
def token_snooze(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """The form, with the one in force if there is one; a POST puts the reminders off."""
    token, now = token_or_404(token_id), timezone.now()
    latest = latest_end(token.due_at, now)
    standing = snooze_of(token, now)
    initial = {
        "until": standing.until if standing else min(utc_day(now) + A_WEEK, latest),
        "reason": standing.reason if standing else "",
    }
    form = SnoozeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            snooze(token=token, actor=actor_of(request.user), now=now, **form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token", token.pk)
        else:
            messages.success(request, "Its reminders are snoozed. Flags, tasks and alerts stay.")
            return redirect("token", token.pk)
    context = {
        "token": token,
        "form": form,
        "latest": latest,
        "standing": standing,
        "overdue": utc_day(token.due_at) < utc_day(now),
        "now": now,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "tokens/snooze.html", context, status=status)


@needs(Permission.EDIT, within=True)
@require_POST
def token_snooze_end(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Reminders come again."""
    token = token_or_404(token_id)
    try:
        end_snooze(token=token, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Its reminders come again from the next run on.")
    return redirect("token", token.pk)
