"""How somebody is reminded: their own page, and what administrators set for others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.models import Account, Mail, MailPreference, Person
from tokens.notifications.ledger import UNSENT
from tokens.notifications.prefer import preferences
from tokens.policy.preferences import MONDAY_TO_SUNDAY, Digest, Preference, send_from
from tokens.policy.roles import Permission
from tokens.services.preferences import set_preference
from tokens.web.access import needs
from tokens.web.careful import CarefulForm
from tokens.web.token_fields import NO_ECHO

DAYS = tuple(enumerate(MONDAY_TO_SUNDAY))
DIGESTS = (
    (Digest.NONE.value, "Each time that something is due"),
    (Digest.DAILY.value, "At most once a day"),
    (Digest.WEEKLY.value, "Once a week"),
)
#: A reminder that can wait, for the example on the page.
_FAR_OFF = 14


@cache
def zones() -> tuple[tuple[str, str], ...]:
    """Names of zones that people know: regions and cities."""
    known = (name for name in available_timezones() if "/" in name)
    names = sorted(name for name in known if not name.startswith(("Etc/", "SystemV/", "US/")))
    return (("", "UTC, as the product has it"), ("UTC", "UTC"), *((name, name) for name in names))


class PreferenceForm(CarefulForm):
    """Digest, quiet days, zone; what does not fit together the service says."""

    digest = forms.ChoiceField(
        label="How often", choices=DIGESTS, widget=forms.RadioSelect, error_messages=NO_ECHO
    )
    weekday = forms.TypedChoiceField(
        label="Day of a weekly digest",
        choices=DAYS,
        coerce=int,
        error_messages=NO_ECHO,
        help_text="What is due tomorrow, today or overdue is not held back for it.",
    )
    quiet = forms.TypedMultipleChoiceField(
        label="Quiet days",
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=NO_ECHO,
        help_text="No reminder comes on these; it comes on the next day that is not quiet.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=zones,
        required=False,
        error_messages=NO_ECHO,
        help_text="Reminders go out from 07:00 of this zone on. Due days stay UTC days.",
    )


@needs(Permission.OWN)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """What whoever is signed in wants of reminders to their own address."""
    me = request.user
    if not isinstance(me, Account):
        raise Http404("nobody is signed in")
    return _page(request, me.email, {"whose": "own", "can_change": True})


@needs(Permission.VIEW, post=Permission.EDIT)
@require_http_methods(["GET", "POST"])
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The same for a person, who need not be able to sign in."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise Http404("no such person")
    return _page(request, person.email, {"person": person})


def _page(request: HttpRequest, email: str, more: Mapping[str, Any]) -> HttpResponse:
    now = timezone.now()
    form = PreferenceForm(request.POST or None, initial=_stored(email))
    if request.method == "POST" and form.is_valid():
        try:
            set_preference(email=email, actor=actor_of(request.user), now=now, **form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved. It holds for what waits already, too.")
            return redirect(request.path)
    chosen = preferences([email]).get(email)
    held = Mail.objects.filter(recipient=email, status__in=UNSENT, held_until__gt=now)
    context = {
        "form": form,
        "email": email,
        "chosen": chosen,
        "next_at": _next_at(chosen, now),
        "held": list(held.order_by("held_until").values_list("held_until", flat=True)[:1]),
        "now": now,
        **more,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "tokens/preferences.html", context, status=status)


def _stored(email: str) -> dict[str, Any]:
    row = MailPreference.objects.filter(email=email).first() or MailPreference()
    quiet = [day for day, _ in DAYS if row.quiet_days & 1 << day]
    return {
        "digest": row.digest,
        "weekday": row.weekday,
        "quiet": quiet,
        "time_zone": row.time_zone,
    }


def _next_at(chosen: Preference | None, now: datetime) -> datetime | None:
    """When a reminder that became due now would go out; None where nothing is preferred."""
    return send_from(chosen, ready=now, threshold=_FAR_OFF) if chosen else None
