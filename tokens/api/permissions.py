"""Which view of the API asks for what; a view or a method that says nothing is open to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tokens.access import Verdict, judge, lacks_second_factor
from tokens.api.auth import KeyHolder, Script, actor_of
from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN
from tokens.services.record_denied import record_denied
from tokens.step_up import proved_lately

if TYPE_CHECKING:  # it reads the settings that name this module
    from rest_framework.views import APIView


CONFIRM = "Your password was given too long ago for this. Confirm it at /accounts/confirm/ first."


ENROL = "Set up a second factor at /accounts/security/ first."


class Classified(BasePermission):
    """Accounts by their role at this very request, scripts by what their key names, usage keys
    where the view lets them in.

    How a view is used (OPTIONS) is told to whoever may use any part of it.
    """

    message = "Neither your role nor your key includes this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS":
            offered = [word.upper() for word in view.http_method_names if hasattr(view, word)]
            return any(_may(request, view, word) for word in offered if word != "OPTIONS")
        if not hasattr(view, method.lower()):  # there is nothing to let anybody into: 405
            return bool(request.user.is_authenticated)
        if _may(request, view, method):
            return True
        if request.user.is_authenticated:
            note_denied(request, getattr(view, "needs", {}).get(method))
        return False


def note_denied(request: Request, permission: Permission | None) -> None:
    """Audit that this caller was refused."""
    found = request.resolver_match
    record_denied(
        actor=actor_of(request),
        permission=permission,
        route=found.route if found else "",
        method="GET" if request.method == "HEAD" else str(request.method),
        now=timezone.now(),
    )


def _may(request: Request, view: APIView, method: str) -> bool:
    if isinstance(request.user, KeyHolder):
        return method in getattr(view, "for_keys", ())
    needed: Permission | None = getattr(view, "needs", {}).get(method)
    if needed is None:
        return False
    within = method in getattr(view, "within", ())
    verdict = judge(request.user, needed, within=within, kwargs=view.kwargs)
    if verdict is Verdict.NOT_THERE:
        note_denied(request, needed)
        raise NotFound
    if verdict is not Verdict.OPEN:
        return False
    if isinstance(request.user, Script):
        return True
    if lacks_second_factor(request.user, request.session):
        raise PermissionDenied(ENROL)
    if needed in ASKED_AGAIN and not proved_lately(request.session, timezone.now()):
        raise PermissionDenied(CONFIRM)
    return True
