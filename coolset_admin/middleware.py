"""Middleware of the whole site."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse


class NoStoreMiddleware:
    """No page is kept by a browser or a proxy unless it says otherwise itself.

    Static files are answered before this runs and keep their own caching.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with `Cache-Control: no-store` where the view set none."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ApiByHttpsMiddleware:
    """Where pages by `http://` lead to `https://`, the API refuses instead.

    A program would follow the redirect and never notice that its key had gone in the open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 403 before anything looks at the key."""
        in_the_open = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if in_the_open and request.path.startswith("/api/"):
            return JsonResponse({"detail": OPEN}, status=403, headers={"Cache-Control": "no-store"})
        return self.get_response(request)


OPEN = "Call the API by https. A key that was just sent by http should be revoked."
