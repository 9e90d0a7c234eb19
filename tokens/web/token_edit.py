"""Correcting what is written about a token."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Token
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.services.changes import UNSET, Unset
from tokens.services.edit_token import edit_token
from tokens.web.access import needs
from tokens.web.lookup import token_or_404
from tokens.web.token_fields import as_issued
from tokens.web.token_forms import EditForm


@needs(Permission.EDIT, within=True)
@require_http_methods(["GET", "POST"])
def token_edit(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """The form with what is stored; a POST stores what differs."""
    token = token_or_404(token_id)
    if request.method != "POST":
        return _page(request, token, EditForm(initial=_stored(token)))
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            _save(request, token, form.cleaned_data)
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token", token.pk)
        else:
            messages.success(request, "Saved.")
            return redirect("token", token.pk)
    return _page(request, token, form, status=400)


def _stored(token: Token) -> dict[str, Any]:
    return {
        "owner_email": token.owner.email if token.owner else "",
        "label": token.label,
        "issued_at": utc_day(token.issued_at) if token.issued_at else None,
        "where": token.where,
        "runbook_url": token.runbook_url,
    }


def _save(request: HttpRequest, token: Token, cleaned: dict[str, Any]) -> None:
    # A day that stays the same must not wipe out the time of day that an import brought.
    kept = utc_day(token.issued_at) if token.issued_at else None
    issued: datetime | Unset | None = UNSET
    if cleaned["issued_at"] != kept:
        issued = as_issued(cleaned["issued_at"])
    edit_token(
        token=token,
        owner_email=cleaned["owner_email"],
        label=cleaned["label"],
        where=cleaned["where"],
        runbook_url=cleaned["runbook_url"],
        issued_at=issued,
        actor=actor_of(request.user),
        now=timezone.now(),
    )


def _page(request: HttpRequest, token: Token, form: EditForm, status: int = 200) -> HttpResponse:
    return render(request, "tokens/edit.html", {"token": token, "form": form}, status=status)
