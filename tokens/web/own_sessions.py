"""Where somebody is signed in, and ending it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tokens.audit import account as actor_of
from tokens.errors import NotFound
from tokens.models import Account, BrowserSession
from tokens.policy.roles import Permission
from tokens.services.sessions import end_other_sessions, end_session
from tokens.sessions import hashed
from tokens.step_up import proved_lately
from tokens.web.access import needs
from tokens.web.browser_words import browser_words
from tokens.web.confirm import to_the_question


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in as its owner sees it."""

    row: BrowserSession
    is_this: bool

    @property
    def browser(self) -> str:
        """Such as "Firefox on Windows"."""
        return browser_words(self.row.agent)


def signed_in_at(request: HttpRequest, account: Account) -> list[SignedIn]:
    """All sign-ins of this account that still last, the present one first."""
    present = hashed(request.session.session_key)
    rows = BrowserSession.objects.filter(account=account, expire_date__gt=timezone.now())
    found = [SignedIn(row, row.session_key == present) for row in rows.order_by("-seen_at")]
    return sorted(found, key=lambda each: not each.is_this)


@needs(Permission.OWN)
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End one (`key`) or, with `others`, all but this one."""
    account, now = request.user, timezone.now()
    if not isinstance(account, Account):
        raise TypeError("this view was reached without an account")
    if not proved_lately(request.session, now):
        return to_the_question(request, reverse("security"))
    if "others" in request.POST:
        count = end_other_sessions(
            account=account,
            present=request.session.session_key or "",
            actor=actor_of(account),
            now=now,
        )
        messages.success(request, f"Signed out elsewhere: {count}.")
        return redirect("security")
    try:
        end_session(
            account=account, key=request.POST.get("key", ""), actor=actor_of(account), now=now
        )
    except NotFound as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "That browser is signed out.")
    return redirect("security")
