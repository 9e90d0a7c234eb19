"""Adding one token by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Person, Token
from tokens.policy.roles import Permission
from tokens.selectors.within import companies_within, integrations_within, tokens_within
from tokens.services.entries import Entry
from tokens.services.register import register_token
from tokens.web.access import needs, reach_of
from tokens.web.dispatch import wake_worker
from tokens.web.token_fields import as_issued
from tokens.web.token_forms import SharedTokenForm, TokenForm

#: So many names are suggested while typing; more would only slow the page down.
SUGGESTED = 500


@needs(Permission.REGISTER, within=True)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def token_new(request: HttpRequest) -> HttpResponse:
    """The form; a POST stores the token and leads to its page, where it is being checked."""
    if request.method != "POST":
        return _page(request, TokenForm(initial=_initial(request)))
    form = _form(request)
    if form.is_valid():
        try:
            stored = register_token(
                entry=_entry(form.cleaned_data),
                allow_shared=bool(form.cleaned_data.get("allow_shared")),
                actor=actor_of(request.user),
                now=timezone.now(),
                reach=reach_of(request.user, Permission.REGISTER),
            )
        except AlreadyKnown as error:
            form = _offer_sharing(request, form, error)
        except (InvalidInput, WrongState) as error:
            form.refuse(error)
        else:
            return _stored(request, stored)
    return _page(request, form, status=400)


def _form(request: HttpRequest) -> TokenForm:
    asked = "allow_shared" in request.POST
    return SharedTokenForm(request.POST) if asked else TokenForm(request.POST)


def _entry(cleaned: dict[str, Any]) -> Entry:
    return Entry(
        company_name=cleaned["company"],
        workspace_id=cleaned["workspace_id"],
        integration_name=cleaned["integration"],
        environment=cleaned["environment"],
        scope=cleaned["scope"],
        label=cleaned["label"],
        owner_email=cleaned["owner_email"],
        created_by_email=cleaned["created_by_email"],
        issued_at=as_issued(cleaned["issued_at"]),
        value=cleaned["token"] or None,
        where=cleaned["where"],
        runbook_url=cleaned["runbook_url"],
    )


def _offer_sharing(request: HttpRequest, form: TokenForm, error: AlreadyKnown) -> TokenForm:
    """A value that is stored elsewhere may be stored twice; one that was given up may not."""
    offered: TokenForm = form
    if error.field == "token" and "is already stored" in error.message:
        offered = SharedTokenForm(request.POST)
        offered.is_valid()
    offered.refuse(error)
    return offered


def _stored(request: HttpRequest, stored: Token) -> HttpResponse:
    if stored.sealed is None:
        messages.success(request, "Recorded. It cannot be checked until a rotation brings a value.")
        return redirect("token", stored.pk)
    wake_worker("tokens.sweep")
    messages.success(request, "Stored and sealed.")
    return redirect("token", stored.pk)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Links from pages of companies and integrations name them by id, which no token looks like."""
    found: dict[str, Any] = {}
    reach = reach_of(request.user, Permission.REGISTER)
    places: dict[str, QuerySet[Any]] = {
        "company": companies_within(reach),
        "integration": integrations_within(reach),
    }
    for name, rows in places.items():
        try:
            key = UUID(request.GET.get(name, ""))
        except ValueError:
            continue
        if (named := rows.filter(pk=key).values_list("name", flat=True).first()) is not None:
            found[name] = named
    return found


def _page(request: HttpRequest, form: TokenForm, status: int = 200) -> HttpResponse:
    reach = reach_of(request.user, Permission.REGISTER)
    owns = tokens_within(reach).filter(owner=OuterRef("pk"))
    rows = {
        "company": companies_within(reach).order_by("name").values_list("name", flat=True),
        "integration": integrations_within(reach).order_by("name").values_list("name", flat=True),
        "owner_email": Person.objects.filter(Exists(owns)).values_list("email", flat=True),
    }
    lists = {name: found[:SUGGESTED] for name, found in rows.items()}
    for name in lists:
        form.fields[name].widget.attrs["list"] = f"known-{name}"
    return render(request, "tokens/new.html", {"form": form, "lists": lists}, status=status)
