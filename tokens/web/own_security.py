"""One's own sign-in: the second factor, set up, renewed, taken away. Passkeys: own_passkeys."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, Authenticator, RecoveryCode
from tokens.policy.roles import Permission
from tokens.services.second_factor import (
    confirm_authenticator,
    offer_authenticator,
    passkeys_of,
    remove_second_factor,
    renew_recovery_codes,
)
from tokens.services.second_factor.ceremony import is_possible, origin
from tokens.sign_on.kept import may_enrol
from tokens.step_up import proved_lately
from tokens.web.access import lacks_second_factor, needs
from tokens.web.careful import sentence
from tokens.web.confirm import to_the_question
from tokens.web.forms import SecretInput
from tokens.web.own_sessions import signed_in_at
from tokens.web.qr import path_of
from tokens.web.throttle import Throttle

#: The secret on offer, encrypted, in the session: looking at the page stores nothing of it.
_OFFER = "authenticator_offer"
TRIES = Throttle("second-factor-set-up", limit=10, seconds=900)


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        label="Code that the app shows",
        max_length=12,
        widget=SecretInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@needs(Permission.OWN)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """What the sign-in of this account asks for; a POST with `act` changes it.

    All of it asks for the password again where that was given too long ago.
    """
    if not may_change(request):
        return to_the_question(request, request.path)
    acts = {"confirm": _confirm, "renew": _renew, "remove": _remove}
    if request.method == "POST":
        act = acts.get(request.POST.get("act", ""))
        return act(request) if act else render(request, "400.html", status=400)
    return security_page(request)


def may_change(request: HttpRequest) -> bool:
    """Whether somebody proved lately who they are, or came by single sign-on just now and has
    nothing here yet to prove it by."""
    now = timezone.now()
    first = not me(request).has_second_factor and may_enrol(request.session, now)
    return first or proved_lately(request.session, now)


def _confirm(request: HttpRequest) -> HttpResponse:
    form, account = FirstCodeForm(request.POST), me(request)
    if form.is_valid():
        if not TRIES.take(str(account.pk)):
            form.add_error("code", "Too many wrong codes. Wait fifteen minutes.")
            return security_page(request, form, status=429)
        try:
            codes = confirm_authenticator(
                account=account,
                kept=request.session.get(_OFFER, ""),
                code=form.cleaned_data["code"],
                actor=actor_of(account),
                now=timezone.now(),
            )
        except InvalidInput as error:
            form.add_error("code", sentence(f"This code {error.message}"))
        except WrongState as error:
            messages.warning(request, error.message)
            return redirect("security")
        else:
            request.session.pop(_OFFER, None)
            account.refresh_from_db()
            if not codes:
                messages.success(request, "The authenticator app is set up.")
                return redirect("security")
            return security_page(request, codes=codes)
    return security_page(request, form, status=400)


def _renew(request: HttpRequest) -> HttpResponse:
    account = me(request)
    try:
        codes = renew_recovery_codes(account=account, actor=actor_of(account), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
        return redirect("security")
    return security_page(request, codes=codes)


def _remove(request: HttpRequest) -> HttpResponse:
    account = me(request)
    try:
        remove_second_factor(account_id=account.pk, actor=actor_of(account), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "Your second factors were taken away.")
    return redirect("security")


def security_page(
    request: HttpRequest,
    form: FirstCodeForm | None = None,
    *,
    codes: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with recovery codes that were made just now."""
    account, offer = me(request), None
    if not Authenticator.objects.filter(account=account).exists():
        offer = offer_authenticator(account=account, kept=request.session.get(_OFFER, ""))
        request.session[_OFFER] = offer.kept
    unused = RecoveryCode.objects.filter(account=account, used_at__isnull=True).count()
    context = {
        "form": form or FirstCodeForm(),
        "codes": codes,
        "offer": offer,
        "passkeys": passkeys_of(account),
        "passkeys_possible": is_possible(),
        "passkeys_at": origin(),
        "picture": path_of(offer.address) if offer else None,
        "unused": unused,
        "sessions": signed_in_at(request, account),
        "now": timezone.now(),
        "must_enrol": lacks_second_factor(account, request.session),
        "must_have": settings.MFA_REQUIRED,
    }
    return render(request, "accounts/security.html", context, status=status)


def me(request: HttpRequest) -> Account:
    """The signed-in account; `needs` has made sure that there is one."""
    if not isinstance(request.user, Account):
        raise TypeError("this view was reached without an account")
    return request.user
