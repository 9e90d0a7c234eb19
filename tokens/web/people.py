"""People who own or created tokens: the list, one of them, and what happens when they leave."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Person
from tokens.policy.days import utc_day
from tokens.policy.people import gone_from, is_gone
from tokens.policy.roles import Permission
from tokens.selectors.by_name import page_by_name
from tokens.selectors.companies import SHOWN, tokens_of
from tokens.selectors.facts import Row
from tokens.selectors.people import people as selected
from tokens.selectors.within import inside, integrations_within
from tokens.services.leaving import set_leaving
from tokens.services.reassign import reassign
from tokens.web.access import ORGANISATION, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.careful import CarefulForm
from tokens.web.names import NamesQuery, refused_search

_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class LeavingForm(CarefulForm):
    leaving_on = forms.DateField(
        label="Leaves on", required=False, widget=_DAY, help_text="The last day with access (UTC)."
    )
    left_on = forms.DateField(
        label="Left on", required=False, widget=_DAY, help_text="A day without access already."
    )


class HandOverForm(CarefulForm):
    """`tokens` are ticked in the table; the person's own are the choices."""

    new_owner_email = forms.CharField(
        label="New owner's e-mail",
        max_length=254,
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}),
    )
    tokens = forms.MultipleChoiceField(
        label="Tokens", error_messages={"required": "Choose at least one."}
    )

    def __init__(self, owned: list[Row], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        field: forms.MultipleChoiceField = self.fields["tokens"]  # type: ignore[assignment]
        field.choices = [(str(row.id), row.integration) for row in owned]

    @property
    def chosen(self) -> list[UUID]:
        return [UUID(text) for text in self.cleaned_data.get("tokens", [])]


@needs(Permission.VIEW, within=True)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who owns or created tokens, by address."""
    if (refused := refused_search(request, "q")) is not None:
        return refused
    query, now = NamesQuery.of(request), timezone.now()
    seen = selected(query.q, reach_of(request.user))
    page = page_by_name(seen, after=query.after, before=query.before, name="email")
    rows = [(one, _is_gone(one, now)) for one in page.rows]
    context = {"rows": rows, "q": query.q, "links": query.links(page), "now": now}
    return render(request, "tokens/people.html", context)


@needs(Permission.VIEW, post=Permission.EDIT, within=True)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person: when they leave, what they own, what they created."""
    one, now = _person_or_404(person_id), timezone.now()
    if request.method != "POST":
        return _page(request, one, now)
    if not reach_of(request.user, Permission.EDIT).whole:
        raise PermissionDenied(ORGANISATION)  # who leaves, leaves all companies
    form = LeavingForm(request.POST)
    if form.is_valid():
        try:
            _leave(request, one, form.cleaned_data, now)
        except InvalidInput as error:
            form.refuse(error)
        else:
            return redirect("person", person_id=one.pk)
    return _page(request, one, now, form=form)


def _leave(request: HttpRequest, one: Person, days: dict[str, date | None], now: datetime) -> None:
    # Who has left by now leaves no more: the day that the form still shows need not be emptied.
    overtaken = days["left_on"] is not None and days["leaving_on"] == one.leaving_on
    set_leaving(
        person=one,
        leaving_on=None if overtaken else days["leaving_on"],
        left_on=days["left_on"],
        actor=actor_of(request.user),
        now=now,
    )
    goes = days["leaving_on"] or days["left_on"]
    told = "Recorded. Administrators get a mail about active tokens."
    words = told if goes else "Recorded: this person stays."
    messages.success(request, words)


@needs(Permission.EDIT, within=True)
@require_POST
def hand_over(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give ticked tokens to another owner: a preview first, then the act."""
    one, now = _person_or_404(person_id), timezone.now()
    reach = reach_of(request.user, Permission.EDIT)
    owned = tokens_of(Q(owner=one) & inside(reach), rules_of(request), now)
    form = HandOverForm(owned, request.POST)
    if not form.is_valid():
        return _page(request, one, now, hand_over=form)
    if request.POST.get("step") != "save":
        chosen = [row for row in owned if row.id in set(form.chosen)]
        context = {"person": one, "chosen": chosen, "form": form, "now": now}
        return render(request, "tokens/person_reassign.html", context)
    try:
        number = reassign(
            person=one,
            token_ids=form.chosen,
            new_owner_email=form.cleaned_data["new_owner_email"],
            actor=actor_of(request.user),
            now=now,
        )
    except InvalidInput as error:
        form.refuse(error)
        return _page(request, one, now, hand_over=form)
    except WrongState as error:
        messages.error(request, error.message)
        return redirect("person", person_id=one.pk)
    messages.success(request, f"Reassigned {number} {'token' if number == 1 else 'tokens'}.")
    return redirect("person", person_id=one.pk)


def _page(
    request: HttpRequest,
    one: Person,
    now: datetime,
    *,
    form: LeavingForm | None = None,
    hand_over: HandOverForm | None = None,
) -> HttpResponse:
    rules, reach = rules_of(request), reach_of(request.user)
    owned = tokens_of(Q(owner=one) & inside(reach), rules, now)
    created = tokens_of(Q(created_by=one) & inside(reach), rules, now)
    second_of = integrations_within(reach).filter(second_contact=one)
    initial = {"leaving_on": one.leaving_on, "left_on": one.left_on}
    context = {
        "person": one,
        "second_of": second_of.order_by("name")[:SHOWN],
        "gone": _is_gone(one, now),
        "form": form or LeavingForm(initial=initial),
        "hand_over": hand_over or HandOverForm(owned),
        "ticked": set(hand_over.data.getlist("tokens")) if hand_over else None,  # type: ignore[attr-defined]
        "owned": owned[:SHOWN],
        "created": created[:SHOWN],
        "may_edit": _those_within(request, Permission.EDIT, owned),
        "may_rotate": _those_within(request, Permission.ROTATE, created),
        "more": {"owned": len(owned) > SHOWN, "created": len(created) > SHOWN},
        "now": now,
    }
    failed = any(each is not None and each.errors for each in (form, hand_over))
    return render(request, "tokens/person.html", context, status=400 if failed else 200)


def _those_within(request: HttpRequest, permission: Permission, rows: list[Row]) -> set[UUID]:
    """The tokens with which the reader may do that, since roles differ by company."""
    reach = reach_of(request.user, permission)
    return {row.id for row in rows if reach.includes(row.company_id)}


def _is_gone(one: Person, now: datetime) -> bool:
    return is_gone(gone_from(one.leaving_on, one.left_on), utc_day(now))


def _person_or_404(person_id: UUID) -> Person:
    found = selected().filter(pk=person_id).first()
    if found is None:
        raise Http404("no such person")
    return found
