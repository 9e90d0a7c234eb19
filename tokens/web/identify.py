"""Which token is this? Somebody found a value and wants to know whose it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.policy.roles import Permission
from tokens.services.identify import Found
from tokens.services.identify import identify as ask
from tokens.web.access import needs, reach_of
from tokens.web.throttle import Throttle, address_of
from tokens.web.token_forms import IdentifyForm
from tokens.web.words import STATE_WORDS

#: Enough for a person with a pile of files, too few for trying values.
THROTTLE = Throttle(scope="identify", limit=10, seconds=60)


@needs(Permission.IDENTIFY, within=True)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def identify(request: HttpRequest) -> HttpResponse:
    """The form; a POST compares the value and forgets it. The answer is kept by nobody."""
    if request.method != "POST":
        return _page(request, IdentifyForm())
    if not THROTTLE.take(f"{request.user.pk}:{address_of(request)}"):
        answer = _page(request, IdentifyForm(), status=429, throttled=True)
        answer["Retry-After"] = str(THROTTLE.seconds)
        return answer
    form = IdentifyForm(request.POST)
    if form.is_valid():
        value = form.cleaned_data["token"]
        try:
            found = ask(
                value=value,
                actor=actor_of(request.user),
                now=timezone.now(),
                reach=reach_of(request.user, Permission.IDENTIFY),
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            return _page(request, IdentifyForm(), asked=True, places=_places(found))
    return _page(request, form, status=400)


def _places(found: Found) -> list[dict[str, Any]]:
    """Where the value is known: tokens, and rotations that wait to take it."""
    rows = [
        {"token": token, "state": STATE_WORDS[token.state], "waiting": False}
        for token in found.tokens
    ]
    return rows + [
        {"token": rotation.token, "state": "Waits to replace it", "waiting": True}
        for rotation in found.waiting
    ]


def _page(
    request: HttpRequest, form: IdentifyForm, *, status: int = 200, **more: object
) -> HttpResponse:
    answer = render(request, "tokens/identify.html", {"form": form, **more}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
