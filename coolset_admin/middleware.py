"""Middleware of the whole site."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


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
