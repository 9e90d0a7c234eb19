"""Writing what a log says: use and cover, per secret, in portions.

Use is locked before secrets, as reports of integrations do it, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tokens.models import Integration, Secret, Token, Usage
from tokens.policy.days import utc_day
from tokens.policy.logs import Cover
from tokens.policy.usage import KEPT_HOURS
from tokens.policy.vocabulary import EvidenceSource
from tokens.services.chunks import chunks
from tokens.services.sightings import note_sightings
from tokens.services.usage_import.matching import Seen

LOG = EvidenceSource.LOG.value
_REMEMBERED = timedelta(hours=KEPT_HOURS - 1)
_COLUMNS = ["first_seen_at", "last_seen_at", *Usage.MAPS]


def note_use(seen: Mapping[UUID, Seen]) -> None:
    """Add to the use by logs of each secret, and move its last use forward where this is later."""
    for portion in chunks(sorted(seen)):
        rows = [Usage(secret_id=key, source=LOG) for key in portion]
        Usage.objects.bulk_create(rows, ignore_conflicts=True)
        stored = Usage.objects.filter(secret_id__in=portion, source=LOG).order_by("secret_id")
        found = list(stored.select_for_update())
        for usage in found:
            _add(usage, seen[usage.secret_id])
        Usage.objects.bulk_update(found, _COLUMNS)
        note_sightings({usage.pk: seen[usage.secret_id].by for usage in found}, recount=False)
        for key in portion:
            last = seen[key].last
            newer = Q(last_used_at__isnull=True) | Q(last_used_at__lt=last)
            Secret.objects.filter(newer, pk=key).update(last_used_at=last, last_used_evidence=LOG)


def _add(usage: Usage, seen: Seen) -> None:
    hours, days = usage.maps()
    for hour in sorted(seen.hours, reverse=True):
        if hours.anchor is None or hour > hours.anchor - _REMEMBERED:
            hours = hours.mark(hour, seen=True)
    for day in {utc_day(hour) for hour in seen.hours}:
        days = days.mark(day, seen=True)
    usage.keep(hours, days)
    usage.first_seen_at = min(usage.first_seen_at or seen.first, seen.first)
    usage.last_seen_at = max(usage.last_seen_at or seen.last, seen.last)


def note_cover(cover: Cover, integrations: Collection[Integration] | None) -> int:
    """Widen what logs cover, for the secrets of these integrations (None: of all).

    A secret that somewhere else holds too is left out: its use there would not stand in the logs.
    Returns how many secrets.
    """
    reached = 0
    secrets = Secret.objects.filter(pk__in=_of(integrations))
    for portion in chunks(list(secrets.order_by("pk").values_list("pk", flat=True))):
        changed: dict[Cover, list[UUID]] = defaultdict(list)
        rows = Secret.objects.filter(pk__in=portion).order_by("pk").select_for_update()
        for key, since, until in rows.values_list("pk", "logs_cover_since", "logs_cover_until"):
            earlier = Cover(since, until) if since and until else None
            changed[cover.joined(earlier)].append(key)
        for joined, keys in changed.items():
            Secret.objects.filter(pk__in=keys).update(
                logs_cover_since=joined.since, logs_cover_until=joined.until
            )
        reached += len(portion)
    return reached


def _of(integrations: Collection[Integration] | None) -> QuerySet[Token, Any]:
    if integrations is None:
        return Token.objects.values("secret_id")
    ours = [integration.pk for integration in integrations]
    elsewhere = Token.objects.filter(secret=OuterRef("secret")).exclude(integration_id__in=ours)
    return Token.objects.filter(~Exists(elsewhere), integration_id__in=ours).values("secret_id")
