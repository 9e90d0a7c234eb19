"""The second step of the sign-in: the code of an authenticator, or a recovery code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import VaultError
from tokens.models import Account
from tokens.policy.second_factor import is_pending
from tokens.services import accounts
from tokens.services.second_factor import check_second_factor
from tokens.web.access import public
from tokens.web.forms import SecretInput
from tokens.web.throttle import Throttle, address_of

#: Of one account, from wherever: a code has six digits.
CODES = Throttle("second-factor", limit=5, seconds=900)
_WAITS = "second_step"
BACKEND = "django.contrib.auth.backends.ModelBackend"
WRONG = "This code does not open. Take the one that the app shows now, or an unused recovery code."
TOO_MANY = "Too many wrong codes. Wait fifteen minutes."
UNREADABLE = (
    "No code can be checked: the server's DJANGO_SECRET_KEY is another one than when this was set"
    " up. An administrator can take it away under Team, or with end_second_factor on the server."
)


class CodeForm(forms.Form):
    """One field; what was typed is never shown again."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=SecretInput({"autocomplete": "one-time-code", "autofocus": True}),
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
    )


def ask_for_code(request: HttpRequest, account: Account, way_on: str) -> HttpResponse:
    """The password was right: remember that, in a new session that is nobody's yet."""
    request.session.flush()
    request.session[_WAITS] = {
        "account": str(account.pk),
        # A password that was changed meanwhile ends this step.
        "hash": account.get_session_auth_hash(),
        "since": timezone.now().isoformat(),
        "next": way_on,
    }
    return redirect("second-step")


@public
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the code; with the right one the sign-in is done."""
    now = timezone.now()
    account, way_on = _waiting(request, now)
    if account is None:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not CODES.take(str(account.pk)):
            form.add_error("code", TOO_MANY)
            return _page(request, form, 429)
        try:
            method = check_second_factor(of=account, code=form.cleaned_data["code"], now=now)
        except VaultError:
            form.add_error("code", UNREADABLE)
            return _page(request, form, 503)
        if method is not None:
            CODES.give_back(str(account.pk))
            return _signed_in(request, account, way_on, method.value, now)
        accounts.record_failed_sign_in(
            email=account.email, address=address_of(request), locked=False, now=now
        )
        form.add_error("code", WRONG)
    return _page(request, form, 200)


def _waiting(request: HttpRequest, now: datetime) -> tuple[Account | None, str]:
    """Whose code is awaited; nobody's where the password was given too long ago."""
    found = request.session.get(_WAITS)
    if not found or not is_pending(datetime.fromisoformat(found["since"]), now):
        request.session.pop(_WAITS, None)
        return None, ""
    account = Account.objects.filter(pk=UUID(found["account"]), is_active=True).first()
    if account is None or account.get_session_auth_hash() != found["hash"]:
        return None, ""
    return account, found["next"]


def _signed_in(
    request: HttpRequest, account: Account, way_on: str, method: str, now: datetime
) -> HttpResponse:
    request.session.pop(_WAITS, None)
    login(request, account, backend=BACKEND)
    accounts.record_sign_in(
        account=account,
        address=address_of(request),
        method=method,
        actor=actor_of(account),
        now=now,
    )
    return HttpResponseRedirect(way_on)


def _page(request: HttpRequest, form: CodeForm, status: int) -> HttpResponse:
    return render(request, "accounts/second_step.html", {"form": form}, status=status)
