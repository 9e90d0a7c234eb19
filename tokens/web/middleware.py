"""Denies by default: every request passes the classification of its view."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from tokens.audit import account
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.policy.sessions import is_over, is_worth_noting
from tokens.services.record_denied import record_denied
from tokens.sessions import note_sign_of_life, started_and_seen
from tokens.web.access import (
    ORGANISATION,
    Access,
    Verdict,
    access_of,
    judge,
    lacks_second_factor,
    may,
)
from tokens.web.confirm import ask_again
from tokens.web.way_back import without_token

DENIED = "Your role does not include this. An administrator can change roles on the Team page."
NO_COMPANY = (
    "You have no role in any company yet. An administrator, or an admin of the company, can give"
    " you one."
)


class AccessMiddleware:
    """Set-up first, then sign-in, then the role, then, for dangerous acts, the password again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer in the view's place where it may not be asked."""
        access = access_of(view)
        if access is None:
            name = f"{getattr(view, '__module__', '?')}.{getattr(view, '__qualname__', view)}"
            raise ImproperlyConfigured(f"{name} does not say who may ask it: see tokens.web.access")
        if access.delegated and request.user.is_authenticated:
            _is_over(request)  # then the API meets nobody
        if access.before_setup or access.delegated:
            return None
        if not request.user.is_authenticated or _is_over(request):
            return _for_anonymous(request, access)
        if access.permission is not None and _must_enrol(request):
            return _to_enrolment(request)
        permission = access.asked_by(request.method)
        if permission is not None:
            _let_in(request, permission, access, kwargs)
        return ask_again(request, access)


def _let_in(
    request: HttpRequest, permission: Permission, access: Access, kwargs: dict[str, Any]
) -> None:
    """Raise what the caller is answered instead of the view, and note it."""
    verdict = judge(request.user, permission, within=access.within, kwargs=kwargs)
    if verdict is Verdict.OPEN:
        return
    _note(request, permission)
    if verdict is Verdict.NOT_THERE:
        raise Http404("nothing of the caller's companies")
    if verdict is Verdict.ORGANISATION:
        raise PermissionDenied(ORGANISATION)
    raise PermissionDenied(DENIED if may(request.user, Permission.VIEW) else NO_COMPANY)


def _is_over(request: HttpRequest) -> bool:
    """Whether this sign-in has lasted too long, or was left alone; it ends with that."""
    now, session = timezone.now(), request.session
    started, seen = started_and_seen(session)
    if is_over(started_at=started, seen_at=seen, now=now):
        logout(request)
        return True
    if is_worth_noting(seen_at=seen, now=now):
        note_sign_of_life(session, now)
    return False


#: What somebody may do before they have the second factor that is asked of everybody.
_BEFORE_ENROLMENT = frozenset(
    {"security", "passkeys", "passkey-offer", "confirm", "password", "logout", "sign-on-again"}
)


def _must_enrol(request: HttpRequest) -> bool:
    found = request.resolver_match
    exempt = found is not None and found.url_name in _BEFORE_ENROLMENT
    return lacks_second_factor(request.user, request.session) and not exempt


def _to_enrolment(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("security"))
    return HttpResponseRedirect(reverse("security"))


def _note(request: HttpRequest, permission: Permission) -> None:
    found = request.resolver_match
    record_denied(
        actor=account(request.user),
        permission=permission,
        route=found.route if found else "",
        method=str(request.method),
        now=timezone.now(),
    )


def _for_anonymous(request: HttpRequest, access: Access) -> HttpResponse | None:
    if not Account.objects.exists():
        return HttpResponseRedirect(reverse("setup"))
    if access.permission is None:
        return None
    if request.headers.get("HX-Request"):
        # A fragment cannot show the sign-in page: let the whole page go there.
        return HttpResponseClientRedirect(settings.LOGIN_URL)
    # After a form was sent, only the page that it stood on makes sense to come back to.
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
    return redirect_to_login(without_token(back))
