"""Keys with which scripts call the API: made and shown once, ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import DomainError, WrongState
from tokens.models import ApiKey, Company
from tokens.models.api_keys import NAME_LENGTH
from tokens.policy.api_keys import ALWAYS, DEFAULT_DAYS, KEYABLE, LONGEST_DAYS, standing
from tokens.policy.roles import Permission
from tokens.policy.two_people import Kind, Rule
from tokens.selectors.approvals import open_keys
from tokens.services.api_keys import create_api_key, revoke_api_key
from tokens.services.approvals import ask_api_key
from tokens.services.two_people import asks_another
from tokens.web.access import needs
from tokens.web.approval_words import line
from tokens.web.asking import asked, two_people
from tokens.web.careful import CarefulForm
from tokens.web.key_words import PERMISSION_WORDS


class ApiKeyForm(CarefulForm):
    """Which script, what it may do, and for how long."""

    name = forms.CharField(
        max_length=NAME_LENGTH, label="Script", help_text="What calls with it, and from where."
    )
    permissions = forms.MultipleChoiceField(
        label="May also",
        required=False,
        choices=[(each.value, PERMISSION_WORDS[each]) for each in KEYABLE if each is not ALWAYS],
        widget=forms.CheckboxSelectMultiple,
        help_text="Reading is always part of it. A key is never asked for a password: give it no"
        " more than its script needs.",
    )
    companies = forms.ModelMultipleChoiceField(
        queryset=Company.objects.all(),
        required=False,
        label="Only of these companies",
        help_text="None chosen: of all. A key that is bound to some sees nothing of the others.",
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        label="Days until it ends",
        help_text=f"At most {LONGEST_DAYS}. Administrators are mailed before its end.",
    )


@needs(Permission.KEYS)
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """All keys; a POST makes one, whose text stands in this answer and nowhere else."""
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request.user)
        given: dict[str, Any] = {
            "name": form.cleaned_data["name"],
            "permissions": [Permission(each) for each in form.cleaned_data["permissions"]],
            "days": form.cleaned_data["days"],
            "companies": [each.pk for each in form.cleaned_data["companies"]],
            "actor": actor,
            "now": timezone.now(),
        }
        try:
            if asks_another(Rule.KEYS, actor):
                return asked(request, ask_api_key(**given))
            made = create_api_key(**given)
        except DomainError as error:
            form.refuse(error)
        else:
            return _page(request, ApiKeyForm(), shown_once=made)
    return _page(request, form)


@needs(Permission.KEYS)
@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End a key at once."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise Http404("no such key")
    try:
        revoke_api_key(key=key, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, f"The key “{key.name}” was revoked. It is refused from now on.")
    return redirect("api-keys")


def _page(
    request: HttpRequest, form: ApiKeyForm, *, shown_once: tuple[ApiKey, str] | None = None
) -> HttpResponse:
    now = timezone.now()
    rows = [
        (key, standing(expires_at=key.expires_at, revoked_at=key.revoked_at, now=now), words(key))
        for key in ApiKey.objects.all()
    ]
    context = {
        "rows": rows,
        "form": form,
        "new_key": shown_once,
        "requests": [line(each, now) for each in open_keys(Kind.API_KEY, now)],
        **two_people(request, Rule.KEYS),
        "now": now,
    }
    return render(request, "tokens/api_keys.html", context, status=400 if form.errors else 200)


def words(key: ApiKey) -> list[str]:
    """What a key may do, in words."""
    return [PERMISSION_WORDS[each] for each in KEYABLE if each.value in key.permissions]
