"""The second step of the sign-in: a passkey, the code of an authenticator, or a recovery code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import VaultError
from tokens.models import Account, Passkey
from tokens.policy.second_factor import is_pending
from tokens.services import accounts
from tokens.services.second_factor import (
    Method,
    ask_for_passkey,
    check_passkey,
    check_second_factor,
)
from tokens.services.second_factor.ceremony import is_possible, origin
from tokens.web.access import public
from tokens.web.forms import SecretInput
from tokens.web.throttle import Throttle, address_of

#: Of one account, from wherever: a code has six digits.
CODES = Throttle("second-factor", limit=5, seconds=900)
_WAITS = "second_step"
#: The question to a passkey, in the session, until its one answer comes.
_ASKED = "second_step_passkey"
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: The first step, unless something else is said.
USUAL = "password"
WRONG = "This code does not open. Take the one that the app shows now, or an unused recovery code."
NO_PASSKEY = "This passkey does not open. Try again, or take a code."
TOO_MANY = "Too many wrong answers. Wait fifteen minutes."
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


def ask_for_code(
    request: HttpRequest, account: Account, way_on: str, *, by: str = USUAL
) -> HttpResponse:
    """The first step is done (`by`): remember that, in a new session that is nobody's yet."""
    request.session.flush()
    request.session[_WAITS] = {
        "account": str(account.pk),
        # A password that was changed meanwhile ends this step.
        "hash": account.get_session_auth_hash(),
        "since": timezone.now().isoformat(),
        "next": way_on,
        "by": by,
    }
    return redirect("second-step")


@public
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the code or a passkey; with the right one the sign-in is done."""
    now = timezone.now()
    account, way_on = _waiting(request, now)
    if account is None:
        return redirect("login")
    by_passkey = request.method == "POST" and "credential" in request.POST
    form = CodeForm(None if by_passkey else request.POST or None)
    if by_passkey or (request.method == "POST" and form.is_valid()):
        return _answered(request, account, form, way_on, now)
    return _page(request, account, form)


def _answered(
    request: HttpRequest, account: Account, form: CodeForm, way_on: str, now: datetime
) -> HttpResponse:
    """A valid code, or (`form` is not bound) the answer of a passkey."""
    by_code = form.is_bound
    if not CODES.take(str(account.pk)):
        return _page(request, account, form, refusal=TOO_MANY, status=429)
    try:
        method = _by_code(account, form, now) if by_code else _by_passkey(request, account, now)
    except VaultError:
        return _page(request, account, form, refusal=UNREADABLE, status=503)
    if method is not None:
        CODES.give_back(str(account.pk))
        return _signed_in(request, account, way_on, method.value, now)
    accounts.record_failed_sign_in(
        email=account.email, address=address_of(request), locked=False, now=now
    )
    return _page(request, account, form, refusal=WRONG if by_code else NO_PASSKEY)


@public
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """What the browser is asked for a passkey, as JSON; `detail` says why not."""
    now = timezone.now()
    account, _ = _waiting(request, now)
    asked = ask_for_passkey(account=account, now=now) if account else None
    if asked is None:
        return JsonResponse({"detail": "Nobody waits here. Sign in again."}, status=403)
    request.session[_ASKED] = asked.kept
    return JsonResponse({"options": asked.options})


def _by_passkey(request: HttpRequest, account: Account, now: datetime) -> Method | None:
    """The question is used up with this, whatever the answer is worth."""
    kept, answer = request.session.pop(_ASKED, None), request.POST["credential"]
    return check_passkey(of=account, kept=kept, answer=answer, now=now)


def _by_code(account: Account, form: CodeForm, now: datetime) -> Method | None:
    return check_second_factor(of=account, code=form.cleaned_data["code"], now=now)


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
    by = request.session[_WAITS].get("by", USUAL)
    for key in (_WAITS, _ASKED):
        request.session.pop(key, None)
    login(request, account, backend=BACKEND)
    accounts.record_sign_in(
        account=account,
        address=address_of(request),
        method=f"{by} and {method.removeprefix('password and ')}",
        actor=actor_of(account),
        now=now,
    )
    return HttpResponseRedirect(way_on)


def _page(
    request: HttpRequest, account: Account, form: CodeForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    if refusal and form.is_bound:
        form.add_error("code", refusal)
    context = {
        "form": form,
        "refusal": "" if form.is_bound else refusal,
        "by": request.session[_WAITS].get("by", USUAL),
        "passkeys": is_possible() and Passkey.objects.filter(account=account).exists(),
        "passkeys_at": origin(),
    }
    return render(request, "accounts/second_step.html", context, status=status)
