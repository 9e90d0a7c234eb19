"""Check now: ask for it, and show the answer as it arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import Secret, Token
from tokens.policy.roles import Permission
from tokens.services.request_check import request_check
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.lookup import token_or_404

#: So long a page asks again by itself; afterwards it says so and leaves it to the reader.
PATIENCE = timedelta(seconds=60)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@needs(Permission.VIEW, post=Permission.CHECK, within=True)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """POST asks for a check; GET is the fragment that waits for its answer."""
    token = token_or_404(token_id)
    if request.method == "POST":
        return _ask(request, token)
    if not request.headers.get("HX-Request"):
        return redirect("token", token.pk)
    now = timezone.now()
    since, asked = _moment(request.GET.get("since", "")), _moment(request.GET.get("asked", ""))
    if since is None or asked is None or _answered(token.secret, since):
        # Verdict, facts and story may all have changed: the whole page is the answer.
        return HttpResponseClientRefresh()
    context = {"token": token, **waiting(since, asked), "late": now - asked > PATIENCE}
    return render(request, "tokens/checking.html", context)


def waiting(since: datetime | None, asked: datetime) -> dict[str, object]:
    """What the fragment needs: the last answer that the page knows, and when it was made.

    An answer is recognised by not being that one. Comparing it with the page's own time would miss
    an answer that was under way, and not recorded yet, while the page was made.
    """
    return {"since": (since or EPOCH).timestamp(), "asked": asked}


def _ask(request: HttpRequest, token: Token) -> HttpResponse:
    try:
        request_check(token=token, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        wake_worker("tokens.sweep")
    return redirect("token", token.pk)


def pending(secret: Secret, now: datetime) -> bool:
    """Whether a check is asked for or under way, so that its answer is worth waiting for."""
    if not secret.is_held or secret.destroyed_at is not None:
        return False
    claimed = secret.claimed_until is not None and secret.claimed_until > now
    throttled = secret.throttled_until is not None and secret.throttled_until > now
    due = secret.next_check_at is not None and secret.next_check_at <= now
    return claimed or (due and not throttled)


def _answered(secret: Secret, since: datetime) -> bool:
    return secret.last_checked_at is not None and secret.last_checked_at > since


def _moment(text: str) -> datetime | None:
    """A moment from Unix seconds; None for nonsense."""
    try:
        return datetime.fromtimestamp(float(text), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
