"""One's own passkeys: the question for a new one, and adding, renaming, removing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.policy.roles import Permission
from tokens.services.second_factor import (
    add_passkey,
    ask_for_new_passkey,
    remove_passkey,
    rename_passkey,
)
from tokens.web.access import needs
from tokens.web.careful import sentence
from tokens.web.confirm import to_the_question
from tokens.web.own_security import may_change, me, security_page

#: The question, in the session, until its one answer comes.
_ASKED = "passkey_asked"
LAST_ONE = (
    "That was your last second factor. Everybody who signs in here needs one: set one up now."
)


@needs(Permission.OWN)
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """What the browser is asked for a new passkey, as JSON; `detail` says why not."""
    now = timezone.now()
    if not may_change(request):
        detail = "Your password was given too long ago. Reload this page and give it again."
        return JsonResponse({"detail": detail}, status=403)
    try:
        asked = ask_for_new_passkey(account=me(request), now=now)
    except WrongState as error:
        return JsonResponse({"detail": error.message}, status=409)
    request.session[_ASKED] = asked.kept
    return JsonResponse({"options": asked.options})


@needs(Permission.OWN)
@require_POST
def passkeys(request: HttpRequest) -> HttpResponse:
    """Change one's passkeys by `act`, with a password that was given lately."""
    if not may_change(request):
        return to_the_question(request, reverse("security"))
    acts = {"add": _add, "rename": _rename, "remove": _remove}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        return render(request, "400.html", status=400)
    try:
        return act(request)
    except NotFound:
        raise Http404 from None
    except InvalidInput as error:
        what = "The name" if error.field == "name" else "The answer of the browser"
        messages.warning(request, sentence(f"{what} {error.message}"))
    except WrongState as error:
        messages.warning(request, error.message)
    return redirect("security")


def _add(request: HttpRequest) -> HttpResponse:
    account = me(request)
    codes = add_passkey(
        account=account,
        kept=request.session.pop(_ASKED, None),
        answer=request.POST.get("credential", ""),
        name=request.POST.get("name", ""),
        actor=actor_of(account),
        now=timezone.now(),
    )
    if not codes:
        messages.success(request, "The passkey is set up.")
        return redirect("security")
    account.refresh_from_db()
    return security_page(request, codes=codes)


def _rename(request: HttpRequest) -> HttpResponse:
    account = me(request)
    rename_passkey(
        account=account,
        passkey_id=_asked_for(request),
        name=request.POST.get("name", ""),
        actor=actor_of(account),
        now=timezone.now(),
    )
    return redirect("security")


def _remove(request: HttpRequest) -> HttpResponse:
    account = me(request)
    is_left = remove_passkey(
        account=account,
        passkey_id=_asked_for(request),
        actor=actor_of(account),
        now=timezone.now(),
    )
    if is_left:
        messages.success(request, "The passkey was removed.")
    elif settings.MFA_REQUIRED:
        messages.warning(request, LAST_ONE)
    else:
        messages.warning(request, "The passkey was removed. Your password alone opens now.")
    return redirect("security")


def _asked_for(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("passkey", ""))
    except ValueError:
        raise NotFound("There is no such passkey.") from None
