"""Which view of the API asks for what; a view or a method that says nothing is open to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tokens.access import may
from tokens.api.auth import KeyHolder
from tokens.policy.roles import Permission

if TYPE_CHECKING:  # it reads the settings that name this module
    from rest_framework.views import APIView


class Classified(BasePermission):
    """Accounts by their role at this very request; usage keys where the view lets them in.

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
        return _may(request, view, method)


def _may(request: Request, view: APIView, method: str) -> bool:
    if isinstance(request.user, KeyHolder):
        return method in getattr(view, "for_keys", ())
    needed: Permission | None = getattr(view, "needs", {}).get(method)
    return needed is not None and may(request.user, needed)
