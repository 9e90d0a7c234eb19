"""Comparing Coolset's own list of tokens with ours: a person has it before their eyes, we ask.

Works without JavaScript: "more rows" is a button that sends the form and gets it back, all entries
kept, with three rows more.
"""

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
from tokens.errors import AlreadyKnown, InvalidInput
from tokens.models import Company, Reconciliation
from tokens.policy.roles import Permission
from tokens.selectors.companies import to_compare
from tokens.selectors.within import integrations_within, people_within
from tokens.services.reconcile import NotHeld, reconcile
from tokens.web.access import needs, reach_of
from tokens.web.companies import company_or_404
from tokens.web.reconcile_forms import ListForm, forms_of, with_more_rows

SUGGESTIONS = 500


@needs(Permission.RECONCILE, within=True)
@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The guided form; sent, it records the comparison and leads to what was not in the list."""
    company, now, reach = company_or_404(company_id), timezone.now(), reach_of(request.user)
    known = to_compare(company)
    data = request.POST if request.method == "POST" else None
    about: dict[str, Any] = {"known": known, "company": company, "now": now}
    if data is not None and "more" in data:
        form, rows = with_more_rows(data, **about)
    else:
        form, rows = forms_of(data, **about)
    if form.is_bound and all([form.is_valid(), rows.is_valid()]):
        try:
            done = _record(request, company, form, rows.entries(), now)
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error, known_ids="known")
        else:
            messages.success(request, _said(done))
            return redirect("company", company_id=company.pk)
    context = {
        "company": company,
        "known": list(zip(form["known"], known, strict=True)),
        "form": form,
        "rows": rows,
        "wrong": sum(1 for row in rows if row.errors),
        "integrations": integrations_within(reach).values_list("name", flat=True)[:SUGGESTIONS],
        "people": people_within(reach).values_list("email", flat=True)[:SUGGESTIONS],
    }
    return render(request, "tokens/reconcile.html", context, status=400 if form.is_bound else 200)


def _record(
    request: HttpRequest, company: Company, form: ListForm, additions: list[NotHeld], now: datetime
) -> Reconciliation:
    return reconcile(
        company=company,
        listed=form.cleaned_data["listed"],
        known_ids=form.cleaned_data["known"],
        additions=additions,
        actor=actor_of(request.user),
        now=now,
        reach=reach_of(request.user, Permission.RECONCILE),
    )


def _said(done: Reconciliation) -> str:
    said = f"Compared: Coolset lists {done.listed}, {done.known} of them known here."
    if done.added:
        said += f" {done.added} added as not held."
    if not done.not_listed:
        return f"{said} Its list has all tokens known here."
    verb = "is" if done.not_listed == 1 else "are"
    return f"{said} {done.not_listed} known here {verb} not in its list."
