"""Trying a refused address again, once somebody repaired the mailbox."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from tokens.audit import account as actor_of
from tokens.errors import NotFound
from tokens.policy.roles import Permission
from tokens.services.refusals import try_again
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker


@needs(Permission.EDIT)
@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """What waits for the address goes out at once."""
    try:
        number = try_again(
            address=request.POST.get("address", ""),
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except NotFound as error:
        messages.error(request, error.message)
    else:
        wake_worker("tokens.deliver")
        messages.success(request, _said(number))
    return redirect("outbox")


def _said(number: int) -> str:
    if not number:
        return "Noted. Nothing waits for it; the next mail will show."
    waits = "1 mail goes" if number == 1 else f"{number} mails go"
    return f"Tried again: {waits} out now. Refused again, it is back here."
