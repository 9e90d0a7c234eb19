"""The team page: who can sign in, with which role. For administrators."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, NotFound, WrongState
from tokens.models import Account, Identity
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Role
from tokens.services import accounts
from tokens.services.second_factor import remove_second_factor
from tokens.services.two_people import rule_in_force
from tokens.web.access import needs
from tokens.web.approval_words import rule_words
from tokens.web.forms import ROLES, AddAccountForm, RoleForm


@needs(Permission.PEOPLE)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """List the accounts; a POST adds one and shows its link, once, in the answer itself."""
    form = AddAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = accounts.add_account(
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except (AlreadyKnown, InvalidInput) as error:
            form.add_error(error.field or None, error.message)
        else:
            return _page(request, AddAccountForm(), link_for=added)
    return _page(request, form)


@needs(Permission.PEOPLE)
@require_POST
def new_link(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """End an account's password and show a link to set a new one, once."""
    try:
        changed = accounts.reset_password(
            account_id=account_id, actor=actor_of(request.user), now=timezone.now()
        )
    except NotFound:
        raise Http404 from None
    except WrongState as error:
        return _page(request, AddAccountForm(), refusal=error.message)
    return _page(request, AddAccountForm(), link_for=changed)


@needs(Permission.PEOPLE)
@require_POST
def change_role(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Give an account another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, AddAccountForm(), refusal="There is no such role.")
    try:
        changed = accounts.change_role(
            account_id=account_id,
            role=Role(form.cleaned_data["role"]),
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except NotFound:
        raise Http404 from None
    except WrongState as error:
        return _page(request, AddAccountForm(), refusal=error.message)
    messages.success(request, f"{changed.email} is now {changed.role}.")
    # Somebody who gave away their own role may not see this page any more.
    return redirect("team" if changed.pk != request.user.pk or changed.is_administrator else "/")


@needs(Permission.PEOPLE)
@require_POST
def set_active(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Disable or enable an account: `active` is yes or no."""
    active = request.POST.get("active") == "yes"
    try:
        changed = accounts.set_active(
            account_id=account_id,
            active=active,
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except NotFound:
        raise Http404 from None
    except WrongState as error:
        return _page(request, AddAccountForm(), refusal=error.message)
    messages.success(request, f"{changed.email} was {'enabled' if active else 'disabled'}.")
    return redirect("team")


@needs(Permission.PEOPLE)
@require_POST
def end_second_factor(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Take another account's second factor away, for whoever lost it and the recovery codes."""
    try:
        changed = remove_second_factor(
            account_id=account_id, actor=actor_of(request.user), now=timezone.now()
        )
    except NotFound:
        raise Http404 from None
    except WrongState as error:
        return _page(request, AddAccountForm(), refusal=error.message)
    messages.success(request, f"{changed.email} signs in without a second factor now.")
    return redirect("team")


def _page(
    request: HttpRequest,
    form: AddAccountForm,
    *,
    link_for: Account | None = None,
    refusal: str = "",
) -> HttpResponse:
    linked = Exists(Identity.objects.filter(account=OuterRef("pk")))
    context = {
        "accounts": Account.objects.annotate(linked=linked).order_by("-is_active", "email"),
        "form": form,
        "roles": ROLES,
        "link": welcome_link(link_for) if link_for else "",
        "link_for": link_for,
        "link_days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "refusal": refusal,
        "two_people": rule_words(),
        "nobody_else": bool(rule_in_force()) and Account.objects.administrators().count() < 2,
        "now": timezone.now(),
    }
    refused = bool(refusal) or bool(form.errors)
    return render(request, "accounts/team.html", context, status=400 if refused else 200)


def welcome_link(account: Account) -> str:
    """The address at which this account sets its password; its token dies with the first use."""
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    token = default_token_generator.make_token(account)
    return f"{settings.PUBLIC_URL}{reverse('welcome', args=[uid, token])}"
