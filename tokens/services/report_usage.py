"""An integration says that it used a token: the best evidence there is."""

from datetime import datetime, timedelta

from django.db.models import Q

from tokens.audit import Event, api_key, audited
from tokens.errors import InvalidInput, NotFound
from tokens.models import Integration, Secret, Token, Usage, UsageKey
from tokens.policy.days import midnight, utc_day
from tokens.policy.sightings import clean_address, clean_agent
from tokens.policy.usage import KEPT_HOURS
from tokens.policy.vocabulary import EvidenceSource
from tokens.services.entries import cleaned
from tokens.services.sightings import TOKEN_INSIDE, Pair, known_among, note_sightings

#: How far the reporter's clock may run ahead of ours.
AHEAD = timedelta(minutes=5)
_REMEMBERED = timedelta(hours=KEPT_HOURS - 1)


def report_usage(
    *,
    token: Token,
    key: UsageKey,
    seen_at: datetime | None,
    address: str = "",
    user_agent: str = "",
    now: datetime,
) -> Usage:
    """Note that the key's integration used this token at `seen_at` (aware; None: now).

    `address` and `user_agent` say from where and by what, where it tells. A report may come late
    and out of order; evidence only ever moves forward. Raises NotFound for a token of another
    integration, InvalidInput (with the field) for an impossible moment, or a text that is no
    address, is too long or holds a token.
    """
    if token.integration_id != key.integration_id:
        raise NotFound("There is no such token.")
    at = _checked(token, seen_at, now)
    pair = _who(address, user_agent)
    actor = api_key(name=f"{key.integration.name} ({key.hint})", key_id=key.pk)
    with audited(actor=actor, now=now) as trail:
        usage = _note(token, at)
        if any(pair):
            note_sightings({usage.pk: {pair: [at]}}, recount=True)
        newer = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at)
        Secret.objects.filter(newer, pk=token.secret_id).update(
            last_used_at=at, last_used_evidence=EvidenceSource.REPORT.value
        )
        first = Integration.objects.filter(pk=key.integration_id, first_reported_at__isnull=True)
        if first.update(first_reported_at=now):
            trail.add(
                Event.USAGE_FIRST_REPORTED,
                token,
                source=EvidenceSource.REPORT.value,
                integration=key.integration.name,
                seen_at=at,
            )
    return usage


def _checked(token: Token, seen_at: datetime | None, now: datetime) -> datetime:
    if seen_at is None:
        return now
    if seen_at.tzinfo is None:
        raise InvalidInput("needs a time zone", field="seen_at")
    if seen_at > now + AHEAD:
        raise InvalidInput("lies in the future", field="seen_at")
    # An issue moment is often only a date, and of another zone: a day is the finest it can tell.
    issued = token.issued_at
    if issued is not None and seen_at < midnight(utc_day(issued)) - timedelta(days=1):
        raise InvalidInput("lies before the token was issued", field="seen_at")
    return min(seen_at, now)


def _who(address: str, user_agent: str) -> Pair:
    pair = cleaned(clean_address, address), cleaned(clean_agent, user_agent)
    known = known_among({text for text in pair if text})
    for name, text in zip(("address", "user_agent"), pair, strict=True):
        if text in known:
            raise InvalidInput(TOKEN_INSIDE, field=name)
    return pair


def _note(token: Token, at: datetime) -> Usage:
    """Write the moment into the secret's usage by reports. Rows of one secret share it."""
    source = EvidenceSource.REPORT.value
    Usage.objects.get_or_create(secret_id=token.secret_id, source=source)
    usage = Usage.objects.select_for_update().get(secret_id=token.secret_id, source=source)
    hours, days = usage.maps()
    if hours.anchor is None or at > hours.anchor - _REMEMBERED:
        hours = hours.mark(at, seen=True)
    usage.keep(hours, days.mark(utc_day(at), seen=True))
    usage.first_seen_at = at if usage.first_seen_at is None else min(usage.first_seen_at, at)
    usage.last_seen_at = at if usage.last_seen_at is None else max(usage.last_seen_at, at)
    usage.save()
    return usage
