"""Links to calendars: one's own, of what one administers, and, for administrators, of others."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, CalendarLink
from tokens.policy.roles import NOTHING, Permission
from tokens.services.calendars import make_calendar, person_for, revoke_calendar
from tokens.step_up import proved_lately
from tokens.web.access import may, needs, reach_of
from tokens.web.careful import CarefulForm
from tokens.web.confirm import NOT_YET, to_the_question

SHOWN = 200


class PersonForm(CarefulForm):
    email = forms.CharField(
        label="Person's e-mail",
        max_length=254,
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}),
        help_text="Somebody who owns tokens. They need no account.",
    )


@needs(Permission.VIEW, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """One's own links; POST with `make` makes one, whose secret stands in this answer alone.

    `make` is `own`, or `companies` for admins of companies: all tokens of these.
    """
    if request.method != "POST":
        return _page(request)
    whole = request.POST.get("make") == "companies"
    if request.POST.get("make") != "own" and not (whole and _administers_some(request)):
        return _page(request, refusal="Nothing was made.")
    if not proved_lately(request.session, timezone.now()):  # it outlives this sign-in
        messages.warning(request, NOT_YET)
        return to_the_question(request, request.path)
    return _made(request, account=_me(request), everything=whole)


@needs(Permission.CHANNELS)
@require_http_methods(["GET", "POST"])
def others(request: HttpRequest) -> HttpResponse:
    """For administrators: a link to all tokens for themselves, or one for a person."""
    form = PersonForm()
    if request.method == "POST" and request.POST.get("make") == "everything":
        return _made(request, account=_me(request), everything=True)
    if request.method == "POST":
        form = PersonForm(request.POST)
        if form.is_valid():
            try:
                person = person_for(form.cleaned_data["email"])
            except InvalidInput as error:
                form.refuse(error)
            else:
                return _made(request, person=person)
    status = 400 if form.errors else 200
    return render(request, "notifications/calendar_others.html", {"form": form}, status=status)


@needs(Permission.OWN)
@require_POST
def revoke(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """End one's own link; administrators any. Others' look as if there were none."""
    found = _visible(request).filter(pk=link_id).first()
    if found is None:
        raise Http404("no such link")
    try:
        revoke_calendar(link=found, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "The link was revoked. It answers nothing from now on.")
    return redirect("calendar-links")


def _made(request: HttpRequest, **whose: object) -> HttpResponse:
    try:
        link, plain = make_calendar(**whose, actor=actor_of(request.user), now=timezone.now())  # type: ignore[arg-type]  # account, person, everything
    except WrongState as error:
        return _page(request, refusal=error.message)
    address = settings.PUBLIC_URL + reverse("calendar-feed", args=[plain])
    return _page(request, made=link, address=address)


def _page(
    request: HttpRequest,
    *,
    refusal: str = "",
    made: CalendarLink | None = None,
    address: str = "",
) -> HttpResponse:
    found = _visible(request).select_related("account", "person")
    context = {
        "links": found.order_by(F("revoked_at").desc(nulls_first=True), "-created_at")[:SHOWN],
        "made": made,
        "address": address,
        "administers_some": _administers_some(request),
        "refusal": refusal,
        "now": timezone.now(),
    }
    status = 400 if refusal else 200
    return render(request, "notifications/calendar.html", context, status=status)


def _visible(request: HttpRequest) -> QuerySet[CalendarLink]:
    mine = CalendarLink.objects.filter(account=_me(request))
    return CalendarLink.objects.all() if may(request.user, Permission.CHANNELS) else mine


def _administers_some(request: HttpRequest) -> bool:
    """Admin of single companies; whoever sees to all has a page for that."""
    reach = reach_of(request.user, Permission.MEMBERS)
    return not reach.whole and reach != NOTHING


def _me(request: HttpRequest) -> Account:
    found = request.user
    if not isinstance(found, Account):
        raise Http404("nobody is signed in")
    return found
