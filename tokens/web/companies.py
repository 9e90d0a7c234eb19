"""Companies: the list, one company with its tokens, and correcting it."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Company
from tokens.models.inventory import NAME_LENGTH
from tokens.policy.days import utc_day
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Environment
from tokens.selectors import companies as selector
from tokens.selectors.by_name import page_by_name
from tokens.selectors.facts import Row
from tokens.services.edit_company import accept_proposal, edit_company
from tokens.web.access import can, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.careful import CarefulForm
from tokens.web.names import NamesQuery, refused_search

RECONCILIATIONS_SHOWN = 20


class CompanyForm(CarefulForm):
    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="As Coolset shows it when you switch."
    )
    workspace_id = forms.IntegerField(
        label="Workspace id",
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="Coolset's own number of this company. Tokens are compared with it; names never.",
    )


@needs(Permission.VIEW, within=True)
@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """All companies by name, with how their tokens stand."""
    if (refused := refused_search(request, "q")) is not None:
        return refused
    query, now, rules = NamesQuery.of(request), timezone.now(), rules_of(request)
    seen = selector.companies(query.q, reach_of(request.user))
    page = page_by_name(seen, after=query.after, before=query.before)
    tallies = selector.tallies("company_id", [one.pk for one in page.rows], rules, now)
    rows = [(one, tallies.get(one.pk, selector.NO_TOKENS)) for one in page.rows]
    context = {"rows": rows, "q": query.q, "links": query.links(page), "now": now}
    return render(request, "tokens/companies.html", context)


@needs(Permission.VIEW, within=True)
@require_safe
def company(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """One company: its tokens by environment, its workspace id, its comparisons with Coolset."""
    one, now, rules = company_or_404(company_id), timezone.now(), rules_of(request)
    rows = selector.tokens_of(Q(company=one), rules, now)
    done = list(one.reconciliations.all()[:RECONCILIATIONS_SHOWN])
    context = {
        "company": one,
        "groups": _by_environment(rows[: selector.SHOWN]),
        "more": len(rows) > selector.SHOWN,
        "rules": rules.base,
        "now": now,
        "missing": selector.not_in_coolsets_list(one) if done and done[0].not_listed else [],
        "done": done,
        "again_days": _days_since(one, now),
        "can": can(request.user, one.pk),
    }
    return render(request, "tokens/company.html", context)


@needs(Permission.EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Correct the name and the workspace id."""
    one = company_or_404(company_id)
    initial = {"name": one.name, "workspace_id": one.workspace_id}
    form = CompanyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_company(
                company=one,
                name=form.cleaned_data["name"],
                workspace_id=form.cleaned_data["workspace_id"],
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
        else:
            messages.success(request, "The company was changed.")
            return redirect("company", company_id=one.pk)
    context = {"company": one, "form": form}
    return render(request, "tokens/company_edit.html", context, status=400 if form.errors else 200)


@needs(Permission.EDIT)
@require_POST
def accept(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Take over the workspace id that Coolset's answers propose, as the page showed it."""
    one = company_or_404(company_id)
    proposed = request.POST.get("proposed", "")
    try:
        if not (proposed.isascii() and proposed.isdigit() and len(proposed) < 20):
            raise WrongState("This workspace id is not proposed any more.")
        accept_proposal(
            company=one, proposed=int(proposed), actor=actor_of(request.user), now=timezone.now()
        )
    except (AlreadyKnown, InvalidInput, WrongState) as error:
        messages.error(request, f"Workspace id: {error.message}" if error.field else error.message)
    else:
        messages.success(request, f"The workspace id is {proposed} from now on.")
    return redirect("company", company_id=one.pk)


def company_or_404(company_id: UUID) -> Company:
    """The company with `reconciled_by`."""
    found = selector.companies().filter(pk=company_id).first()
    if found is None:
        raise Http404("no such company")
    return found


def _by_environment(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Production first."""
    order = [Environment.PRODUCTION.value, Environment.DEVELOPMENT.value]
    ordered = sorted(rows, key=lambda row: order.index(row.environment))
    return [(name, list(some)) for name, some in groupby(ordered, key=lambda row: row.environment)]


def _days_since(one: Company, now: Any) -> int | None:
    """Whole UTC days since the last comparison, None before the first."""
    return None if one.reconciled_at is None else (utc_day(now) - utc_day(one.reconciled_at)).days
