"""The set-up page: it exists until the first account does."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokens.errors import InvalidInput, WrongState
from tokens.models import Account
from tokens.services import setup
from tokens.web.access import open_before_setup
from tokens.web.forms import SetUpForm
from tokens.web.throttle import Throttle, address_of

CODES = Throttle("setup", limit=10, seconds=900)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@open_before_setup
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Make the first administrator and sign them in; 404 once there is an account."""
    if setup.setup_code() is None:
        raise Http404
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        first = _complete(request, form)
        if first is not None:
            login(request, first, backend=BACKEND)
            return redirect("/")
    return render(request, "accounts/setup.html", {"form": form})


def _complete(request: HttpRequest, form: SetUpForm) -> Account | None:
    address = address_of(request)
    if not CODES.take(address):
        form.add_error("code", "Too many wrong codes from here. Wait fifteen minutes.")
        return None
    try:
        return setup.complete_setup(
            code=form.cleaned_data["code"],
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            address=address,
            now=timezone.now(),
        )
    except InvalidInput as error:
        form.add_error(error.field or None, error.message)
    except WrongState:
        raise Http404 from None
    return None
