"""The base of our views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tokens.access import Access
from tokens.api.permissions import Classified
from tokens.api.rate import Standing, take_call
from tokens.policy.roles import Permission

TOO_MANY = "Too many calls in this minute. Retry-After says when to go on."


class Limited(APIView):
    """Counts each call of a caller before it is looked at, and tells what is left in headers.

    Refused ones count, too: each of them writes an audit entry.
    """

    _standing: Standing | None = None

    def check_permissions(self, request: Request) -> None:
        self._standing = take_call(request, at=timezone.now().timestamp())
        if self._standing is not None and self._standing.exceeded:
            raise Throttled(wait=self._standing.reset, detail=TOO_MANY)
        super().check_permissions(request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if self._standing is not None:
            for name, value in self._standing.headers().items():
                response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)


class ApiView(Limited):
    """Signed in and checked here, not by the pages' middleware.

    needs: the permission that each method asks of an account.
    for_keys: the methods open to usage keys, for their integration's tokens alone.
    within: the methods that keep to `reach_of` the caller; roles and keys of single companies get
    in there alone.
    """

    access = Access(before_setup=True, delegated=True)
    needs: ClassVar[Mapping[str, Permission]] = {}
    for_keys: ClassVar[frozenset[str]] = frozenset()
    within: ClassVar[frozenset[str]] = frozenset()
    permission_classes: Any = (Classified,)
