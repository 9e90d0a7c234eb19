"""The calendar that a secret address opens; whoever has it needs no account."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.models import CalendarLink
from tokens.notifications.calendar import Changed, calendar_of
from tokens.selectors.revisions import revisions
from tokens.services.calendars import calendar_for, tokens_of_calendar
from tokens.web.access import public
from tokens.web.throttle import Throttle, address_of

#: The soonest so many; nobody reads a calendar with more.
MOST = 1000
WRONG = Throttle("calendar-wrong", limit=30, seconds=300)
FETCHES = Throttle("calendar", limit=60, seconds=3600, open_without_cache=True)


@public
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """404 for whatever is not, or no longer, a link in force; 429 for who asks too often.

    A right secret is let in however many wrong ones came from its address: behind a proxy all
    calendars share one, and 32 random bytes are not found by trying.
    """
    now = timezone.now()
    link = calendar_for(plain=secret, now=now)
    if link is None:
        if not WRONG.take(address_of(request)):
            return _too_often(WRONG)
        raise Http404("no such calendar")
    if not FETCHES.take(str(link.pk)):
        return _too_often(FETCHES)
    return HttpResponse(
        _calendar(link),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'inline; filename="rotations.ics"',
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )


def _calendar(link: CalendarLink) -> bytes:
    tokens = list(tokens_of_calendar(link).select_related("company", "integration")[:MOST])
    whole, each = revisions([token.pk for token in tokens])
    changed = {}
    for token in tokens:
        own = each.get(token.pk)
        at = [token.stored_at, *_known(whole.at), *_known(own.at if own else None)]
        changed[token.pk] = Changed(whole.number + (own.number if own else 0), max(at))
    return calendar_of(tokens, changed, name="Token rotations")


def _known(at: datetime | None) -> list[datetime]:
    return [] if at is None else [at]


def _too_often(throttle: Throttle) -> HttpResponse:
    return HttpResponse(
        "Too many requests.",
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(throttle.seconds)},
    )
