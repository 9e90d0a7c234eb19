"""Integrations: the list, one integration with its tokens, correcting it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput
from tokens.models import Integration, UsageKey
from tokens.models.inventory import NAME_LENGTH
from tokens.policy.roles import Permission
from tokens.policy.two_people import Kind, Rule
from tokens.selectors.approvals import open_keys
from tokens.selectors.by_name import page_by_name
from tokens.selectors.companies import NO_TOKENS, SHOWN, tallies, tokens_of
from tokens.selectors.integrations import integrations as selected
from tokens.selectors.within import inside
from tokens.services.edit_integration import DESCRIPTION_LENGTH, edit_integration
from tokens.services.two_people import asks_another
from tokens.web.access import needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.careful import CarefulForm
from tokens.web.names import NamesQuery, refused_search

KEYS_SHOWN = 50


class IntegrationForm(CarefulForm):
    name = forms.CharField(label="Name", max_length=NAME_LENGTH)
    description = forms.CharField(
        label="What it does",
        required=False,
        max_length=DESCRIPTION_LENGTH,
        widget=forms.Textarea,
        help_text="What calls Coolset, and what stops when it cannot.",
    )
    owner_email = forms.CharField(
        label="Owner's e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}),
        help_text="Who answers for the integration. Reminders go to the owner of each token.",
    )
    second_contact_email = forms.CharField(
        label="Second contact’s e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}),
        help_text="Reminded too from 7 days before a token is due, if nobody has acted by then.",
    )


@needs(Permission.VIEW, within=True)
@require_safe
def integrations(request: HttpRequest) -> HttpResponse:
    """All integrations by name, with how their tokens stand."""
    if (refused := refused_search(request, "q")) is not None:
        return refused
    query, now, rules = NamesQuery.of(request), timezone.now(), rules_of(request)
    reach = reach_of(request.user)
    page = page_by_name(selected(query.q, reach), after=query.after, before=query.before)
    counts = tallies("integration_id", [one.pk for one in page.rows], rules, now, reach)
    rows = [(one, counts.get(one.pk, NO_TOKENS)) for one in page.rows]
    context = {"rows": rows, "q": query.q, "links": query.links(page), "now": now}
    return render(request, "tokens/integrations.html", context)


@needs(Permission.VIEW, within=True)
@require_safe
def integration(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """One integration: its tokens in all companies, and the keys with which it reports use."""
    return integration_page(request, integration_or_404(integration_id))


def integration_page(
    request: HttpRequest,
    one: Integration,
    *,
    shown_once: tuple[UsageKey, str] | None = None,
) -> HttpResponse:
    """The page; `shown_once` is a key that was just made, with its text, for this answer alone."""
    now, rules, reach = timezone.now(), rules_of(request), reach_of(request.user)
    rows = tokens_of(Q(integration=one) & inside(reach), rules, now)
    context = {
        "integration": one,
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "now": now,
        "consumers": one.consumers.filter(retired_at__isnull=True),
        "keys": one.keys.order_by("revoked_at", "-created_at")[:KEYS_SHOWN],
        "new_key": shown_once,
        "asks_another": asks_another(Rule.KEYS, actor_of(request.user)),
        "key_request": open_keys(Kind.USAGE_KEY, now).filter(integration=one).first()
        if reach.whole  # requests for keys are the organisation's
        else None,
        "public_url": settings.PUBLIC_URL,
        "sample": rows[0].id if rows else "",
    }
    return render(request, "tokens/integration.html", context)


@needs(Permission.EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """Describe an integration."""
    one = integration_or_404(integration_id)
    owner = "" if one.owner is None else one.owner.email
    second = "" if one.second_contact is None else one.second_contact.email
    initial = {
        "name": one.name,
        "description": one.description,
        "owner_email": owner,
        "second_contact_email": second,
    }
    form = IntegrationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_integration(
                integration=one,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"].replace("\r\n", "\n"),
                owner_email=form.cleaned_data["owner_email"],
                second_contact_email=form.cleaned_data["second_contact_email"],
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        else:
            messages.success(request, "The integration was changed.")
            return redirect("integration", integration_id=one.pk)
    context = {"integration": one, "form": form}
    status = 400 if form.errors else 200
    return render(request, "tokens/integration_edit.html", context, status=status)


def integration_or_404(integration_id: UUID) -> Integration:
    """The integration with its owner."""
    found = selected().filter(pk=integration_id).first()
    if found is None:
        raise Http404("no such integration")
    return found
