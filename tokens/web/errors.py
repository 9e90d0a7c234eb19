"""Error pages in the product's words. The page for a 500 stands alone and asks nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token did not fit. `reason` is Django's, for the log, not for the page."""
    return render(request, "403_csrf.html", status=403)
