"""Asking again who is there, before dangerous work: the door (`ask_again`) and its page."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from tokens.audit import account as actor_of
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN
from tokens.services import accounts
from tokens.step_up import form_may_be_sent, note_opened, note_proof, proved_lately
from tokens.web.access import SAFE_METHODS, Access, needs
from tokens.web.confirm_ways import proved_by_code, ways_of
from tokens.web.forms import SignInForm
from tokens.web.second_step import CodeForm
from tokens.web.throttle import address_of
from tokens.web.way_back import own_address, without_token

NOT_YET = "Nothing was changed yet. Confirm that it is you, then send it again."


def ask_again(request: HttpRequest, access: Access) -> HttpResponse | None:
    """The way to the page that asks, where this request is dangerous and the last proof is old."""
    now, session = timezone.now(), request.session
    if request.method in SAFE_METHODS:
        if access.permission in ASKED_AGAIN and not proved_lately(session, now):
            return to_the_question(request, request.get_full_path())
        writes = {access.permission, access.writing} & ASKED_AGAIN
        if request.method == "GET" and writes and proved_lately(session, now):
            note_opened(session, request.path, now)
        return None
    if access.asked_by(request.method) not in ASKED_AGAIN:
        return None
    if form_may_be_sent(session, request.path, now):
        return None
    messages.warning(request, NOT_YET)
    return to_the_question(request, _page_of_the_form(request))


@needs(Permission.OWN)
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more, or a code where there is none, under the same limits as at the
    sign-in; then back to the work. The way to the provider is a link."""
    given = request.POST if request.method == "POST" else request.GET
    back, account = own_address(given.get("next", "")), _me(request)
    ways = ways_of(account, timezone.now())
    if ways.code:
        code = CodeForm(request.POST or None)
        done = code.is_bound and proved_by_code(request, account, code, timezone.now())
        form: Form = code
    else:
        form, done = _by_password(request, account)
    if done:
        request.session.cycle_key()
        note_proof(request.session, timezone.now())
        return HttpResponseRedirect(back)
    context = {"form": form, "next": back, "ways": ways}
    return render(request, "accounts/confirm.html", context)


def _by_password(request: HttpRequest, account: Account) -> tuple[SignInForm, bool]:
    now, form = timezone.now(), SignInForm(request)
    if request.method == "POST":
        given = request.POST.get("password", "")
        form = SignInForm(request, data={"username": account.email, "password": given})
        if form.is_valid():
            accounts.record_confirmation(
                address=address_of(request), actor=actor_of(account), now=now
            )
            return form, True
        if given and not form.turned_away:
            accounts.record_failed_sign_in(
                email=account.email,
                address=address_of(request),
                locked=bool(getattr(request, "axes_locked_out", False)),
                now=now,
            )
    form.fields["password"].widget.attrs["autofocus"] = True
    return form, False


def _me(request: HttpRequest) -> Account:
    """The signed-in account; `needs` has made sure that there is one."""
    if not isinstance(request.user, Account):
        raise TypeError("this view was reached without an account")
    return request.user


def to_the_question(request: HttpRequest, back: str) -> HttpResponse:
    """To the page that asks, with the way back to `back`."""
    url = f"{reverse('confirm')}?{urlencode({'next': without_token(back)})}"
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def _page_of_the_form(request: HttpRequest) -> str:
    """Where the form stood, as the browser says; of another host it is nobody's page."""
    referer = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}"
    return own_address(referer.removeprefix(own) if referer.startswith(own) else "")
