"""Asking again who is there, before dangerous work: the door (`ask_again`) and its page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from tokens.audit import account as actor_of
from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN
from tokens.services import accounts
from tokens.step_up import form_may_be_sent, note_opened, note_proof, proved_lately
from tokens.web.access import SAFE_METHODS, Access, needs
from tokens.web.forms import SignInForm
from tokens.web.throttle import address_of
from tokens.web.way_back import without_token

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
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more, under the same limits as at the sign-in; then back to the work."""
    given = request.POST if request.method == "POST" else request.GET
    back = _own_address(request, given.get("next", ""))
    form = SignInForm(request)
    if request.method == "POST":
        mine = {"username": request.user.get_username(), "password": given.get("password", "")}
        form = SignInForm(request, data=mine)
        if form.is_valid():
            return _confirmed(request, back)
        if mine["password"] and not form.turned_away:
            accounts.record_failed_sign_in(
                email=mine["username"],
                address=address_of(request),
                locked=bool(getattr(request, "axes_locked_out", False)),
                now=timezone.now(),
            )
    form.fields["password"].widget.attrs["autofocus"] = True
    return render(request, "accounts/confirm.html", {"form": form, "next": back})


def _confirmed(request: HttpRequest, back: str) -> HttpResponse:
    now = timezone.now()
    accounts.record_confirmation(address=address_of(request), actor=actor_of(request.user), now=now)
    request.session.cycle_key()
    note_proof(request.session, now)
    return HttpResponseRedirect(back)


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
    return _own_address(request, referer.removeprefix(own) if referer.startswith(own) else "")


def _own_address(request: HttpRequest, address: str) -> str:
    own = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return without_token(address) if own else reverse("todo")
