"""Error pages in the product's words. The page for a 500 stands alone and asks nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from tokens.web.access import open_before_setup


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token did not fit. `reason` is Django's, for the log, not for the page."""
    return render(request, "403_csrf.html", status=403)


@open_before_setup
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for a picture beside what is no page of ours (JSON, plain text)."""
    return redirect(static("tokens/mark.svg"))
