"""Policies: the list, and changing them in two steps: first what would follow, then the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, NotFound
from tokens.models import Company, Integration
from tokens.policy.book import BASE, Book, PolicyFacts
from tokens.policy.roles import Permission
from tokens.selectors.policies import listed
from tokens.selectors.policy_preview import preview
from tokens.services.change_policy import edit_policy
from tokens.services.create_policy import NEW, create_policy
from tokens.services.remove_policy import remove_policy
from tokens.web.access import needs
from tokens.web.approval_words import rule_words
from tokens.web.asked_once import rules_of
from tokens.web.policy_changes import changes, shown
from tokens.web.policy_forms import MEANINGS, PlacedPolicyForm, PolicyForm, values_of

#: So many names are suggested while typing; more would only slow the page down.
SUGGESTED = 500


@dataclass(frozen=True, slots=True)
class _Act:
    """What the two steps are about: words, and the service that does it."""

    title: str
    button: str
    done: str
    save: Callable[..., object]


_CHANGED = "The policy was changed. All due days follow it."
_CHANGE_BASE = _Act("Change the base policy", "Change the policy", _CHANGED, edit_policy)
_CHANGE = _Act("Change the policy", "Change the policy", _CHANGED, edit_policy)
_NEW = _Act("New policy", "Create the policy", "The policy counts from now on.", create_policy)


@needs(Permission.VIEW)
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """All policies and what each number means."""
    book = rules_of(request)
    numbers = [
        (label.rsplit(" (", 1)[0], getattr(book.base, name), unit, meaning)
        for name, (label, unit, meaning) in MEANINGS.items()
    ]
    context = {"rows": listed(book), "rules": book.base, "numbers": numbers}
    context["two_people"] = rule_words()
    return render(request, "tokens/policies.html", context)


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The base policy: first sent, the form comes back with what would follow; sent again, it is
    done."""
    book = rules_of(request)
    base = PolicyFacts(BASE, "", book.base)
    form = PolicyForm(request.POST or None, book=book, initial=values_of(base))
    return _two_steps(request, form, book, base, _CHANGE_BASE)


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A policy for a part of the inventory, in the same two steps."""
    book = rules_of(request)
    initial = {**values_of(PolicyFacts(NEW, "", book.base)), "thresholds": ""}
    form = PlacedPolicyForm(request.POST or None, book=book, policy=NEW, initial=initial)
    return _two_steps(request, form, book, None, _NEW)


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, policy_id: int) -> HttpResponse:
    """A policy beside the base one, in the same two steps."""
    if policy_id == BASE:
        return redirect("policy-edit")
    book = rules_of(request)
    one = _policy_or_404(book, policy_id)
    form = PlacedPolicyForm(
        request.POST or None, book=book, policy=policy_id, initial=values_of(one)
    )
    return _two_steps(request, form, book, one, _CHANGE)


@needs(Permission.POLICY)
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, policy_id: int) -> HttpResponse:
    """What would follow from removing it; a POST removes it."""
    book, now = rules_of(request), timezone.now()
    one = _policy_or_404(book, policy_id)
    if request.method == "POST":
        try:
            remove_policy(policy_id=policy_id, actor=actor_of(request.user), now=now)
        except NotFound as error:
            raise Http404(error.message) from None
        messages.success(request, f"The policy “{one.name}” was removed.")
        return redirect("policies")
    found = preview(book, book.without(policy_id), policy_id, now)
    context = {"policy": one, **shown(found)}
    return render(request, "tokens/policy_remove.html", context)


def _two_steps(
    request: HttpRequest, form: PolicyForm, book: Book, present: PolicyFacts | None, act: _Act
) -> HttpResponse:
    now = timezone.now()
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("step") == "save":
        try:
            act.save(proposal=form.proposal, actor=actor_of(request.user), now=now)
        except (AlreadyKnown, InvalidInput) as error:
            form.refuse(error)
            valid = False
        except NotFound as error:
            raise Http404(error.message) from None
        else:
            messages.success(request, act.done)
            return redirect("policies")
    context: dict[str, Any] = {"form": form, "policy": present, "act": act, "lists": _lists(form)}
    if valid:
        proposal = form.proposal
        changed = changes(present, proposal)
        context["changed"] = changed
        if changed:
            found = preview(book, book.with_proposal(proposal), proposal.id, now)
            context |= {"about": proposal.about, **shown(found)}
    return render(request, "tokens/policy_edit.html", context, status=400 if form.errors else 200)


def _lists(form: PolicyForm) -> dict[str, Any]:
    if not isinstance(form, PlacedPolicyForm):
        return {}
    kinds: dict[str, Any] = {"company": Company, "integration": Integration}
    return {
        name: kind.objects.order_by("name").values_list("name", flat=True)[:SUGGESTED]
        for name, kind in kinds.items()
    }


def _policy_or_404(book: Book, policy_id: int) -> PolicyFacts:
    for one in book.others:
        if one.id == policy_id:
            return one
    raise Http404("no such policy")
