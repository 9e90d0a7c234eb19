"""From a compromise, or from the day a creator was gone, to the refusal by Coolset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q

from tokens.models import Compromise, Secret, Token
from tokens.notifications.troubles import revocation_of
from tokens.policy.days import midnight
from tokens.policy.people import gone_from
from tokens.policy.vocabulary import Proof
from tokens.selectors.report_deeds import ROWS, token_name
from tokens.selectors.report_shape import Listing, Refusal, Times
from tokens.selectors.span import Span

_CHUNK = 500


def compromises(span: Span) -> Times:
    """Of every compromise that was recorded in the span."""
    found = Compromise.objects.filter(recorded_at__gte=span.begin, recorded_at__lt=span.end)
    related = ("token__company", "token__integration", "secret__revocation")
    rows = found.select_related(*related).order_by("recorded_at", "pk")
    return times(
        _refusal(row.token, row.secret, row.by, row.recorded_at)
        for row in rows.iterator(chunk_size=_CHUNK)
    )


def leavers(span: Span) -> Times:
    """Of every token whose creator was gone from a day of the span on, and that worked till then.

    Its permissions were theirs, so it should be refused once they have no access any more.
    """
    return times(_left_behind(span))


def _left_behind(span: Span) -> Iterator[Refusal]:
    left = Q(created_by__left_on__gte=span.since, created_by__left_on__lte=span.until)
    day = timedelta(days=1)
    leaving = Q(
        created_by__leaving_on__gte=span.since - day, created_by__leaving_on__lte=span.until - day
    )
    rows = Token.objects.filter(left | leaving).select_related(
        "company", "integration", "created_by", "secret__revocation"
    )
    for token in rows.order_by("created_by__email", "pk").iterator(chunk_size=_CHUNK):
        person = token.created_by
        gone = gone_from(person.leaving_on, person.left_on) if person else None
        if person is None or gone is None or not span.since <= gone <= span.until:
            continue
        found = _refusal(token, token.secret, person.email, midnight(gone))
        refused_before = found.refused_at is not None and found.refused_at < found.since
        if not refused_before and token.stored_at < found.since + day:
            yield found


def _refusal(token: Token, secret: Secret, person: str, since: datetime) -> Refusal:
    revocation = revocation_of(secret)
    refused_at = secret.refused_since
    unprovable = False
    if revocation is not None and revocation.proof == Proof.CONFIRMED.value:
        refused_at = revocation.first_refused_at or revocation.confirmed_at
    elif revocation is not None and revocation.proof == Proof.CLAIMED.value:
        unprovable = bool(revocation.proof_reason)
    return Refusal(token_name(token), person, since, refused_at, unprovable)


def times(found: Iterable[Refusal], rows: int = ROWS) -> Times:
    """The first rows, and the median over all: of those beyond, only the time is kept."""
    shown: list[Refusal] = []
    took: list[timedelta] = []
    number = 0
    for each in found:
        number += 1
        if len(shown) < rows:
            shown.append(each)
        if each.took is not None:
            took.append(each.took)
    listing = Listing(tuple(shown), number - len(shown))
    seconds = median([each.total_seconds() for each in took]) if took else None
    middle = None if seconds is None else timedelta(seconds=seconds)
    return Times(listing, len(took), middle)
