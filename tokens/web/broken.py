"""What a page answers when it broke: 500, or 503 where the database is away and comes back."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from tokens.away import is_away

RETRY_SECONDS = 30


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500: the same page, with 503 and when to come again where that helps."""
    response = server_error(request)
    if is_away(sys.exc_info()[1]):
        response.status_code = 503
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
