"""Choosing the policy of one token by hand, or letting it go by its place again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import NotFound, WrongState
from tokens.models import Token
from tokens.policy.book import BASE, Book, Choice, Place
from tokens.policy.days import days_left, due_at
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import State
from tokens.selectors.compromise import compromise_of
from tokens.services.assign_policy import assign_policy
from tokens.services.policy_in_force import choice_for
from tokens.web.access import needs
from tokens.web.asked_once import rules_of
from tokens.web.careful import CarefulForm
from tokens.web.lookup import token_or_404
from tokens.web.token_fields import NO_ECHO


class PolicyChoiceForm(CarefulForm):
    """By its place, or one of the policies."""

    policy = forms.ChoiceField(
        label="Policy", required=False, widget=forms.RadioSelect, error_messages=NO_ECHO
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field: forms.ChoiceField = self.fields["policy"]  # type: ignore[assignment]
        field.choices = choices


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def token_policy(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Every policy with the day on which the token would be due under it; a POST chooses one."""
    token, now, book = token_or_404(token_id), timezone.now(), rules_of(request)
    if token.state == State.REVOKED.value:
        messages.error(request, "A revoked token goes by no policy any more.")
        return redirect("token", token.pk)
    chosen = token.assigned_policy_id
    form = PolicyChoiceForm(
        request.POST or None,
        choices=_choices(token, book, now),
        initial={"policy": "" if chosen is None else str(chosen)},
    )
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["policy"]
        try:
            assign_policy(
                token_ids=[token.pk],
                policy=int(number) if number else None,
                actor=actor_of(request.user),
                now=now,
            )
        except (NotFound, WrongState) as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "Saved. Its due day follows.")
        return redirect("token", token.pk)
    context = {"token": token, "form": form, "choice": choice_for(token, book)}
    return render(request, "tokens/token_policy.html", context, status=400 if form.errors else 200)


def _choices(token: Token, book: Book, now: datetime) -> list[tuple[str, str]]:
    place = Place(token.company_id, token.integration_id, token.environment, token.scope)
    by_place = book.chosen(place)
    every = [book.chosen(place, one.id) for one in book.by_weight]
    base = book.chosen(place, BASE)
    words = by_place.name or "base policy"
    return [
        ("", f"By its place: {words}, {_due(token, by_place, now)}"),
        *((str(one.policy), f"{one.name}, {_due(token, one, now)}") for one in every),
        (str(BASE), f"Base policy, {_due(token, base, now)}"),
    ]


def _due(token: Token, choice: Choice, now: datetime) -> str:
    """The preview: when it would be due under this one."""
    record = compromise_of(token)
    due = due_at(
        issued_at=token.issued_at,
        stored_at=token.stored_at,
        rules=choice.rules,
        compromised_at=record.recorded_at if record else None,
    )
    if token.state != State.ACTIVE.value:
        return f"{choice.rules.rotate_days} days"
    late = ", overdue" if days_left(due, now) < 0 else ""
    return f"{choice.rules.rotate_days} days: due {due.day} {due:%b %Y}{late}"
