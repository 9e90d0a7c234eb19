"""Keeping who used a secret, where a report or a log names an address or a user agent.

Whoever calls holds the lock on the `Usage` rows, so that two of them never add to the same pair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from tokens.keys import fingerprint_key
from tokens.models import Secret, Sighting
from tokens.models.bulk import update_each
from tokens.policy.leaks import words
from tokens.policy.register import is_value
from tokens.policy.sightings import KEPT
from tokens.services.chunks import chunks
from tokens.vault.fingerprints import fingerprint

#: Address and user agent; one of them may be empty.
Pair = tuple[str, str]
TOKEN_INSIDE = "contains a token, which belongs into the token field alone"  # noqa: S105
#: Usages at a time: each may have `KEPT` rows.
_FEW = 50


def known_among(texts: Collection[str]) -> set[str]:
    """Those texts in which a value of the inventory stands, whatever its shape."""
    marks: dict[bytes, set[str]] = {}
    for text in texts:
        for word in words(text) | ({text} if is_value(text) else set()):
            marks.setdefault(fingerprint(fingerprint_key(), word), set()).add(text)
    found: set[str] = set()
    for portion in chunks(marks):
        stored = Secret.objects.filter(fingerprint__in=portion)
        for mark in stored.values_list("fingerprint", flat=True):
            found |= marks[bytes(mark or b"")]
    return found


def note_sightings(
    found: Mapping[UUID, Mapping[Pair, Sequence[datetime]]], *, recount: bool
) -> None:
    """Add to the pairs of each usage (by id) the moments at which they were seen.

    Without `recount`, moments within the time that a pair is known for are not counted again: a log
    that is brought in twice says nothing new.
    """
    for portion in chunks([usage for usage, pairs in found.items() if pairs], _FEW):
        known = {
            (row.usage_id, row.address, row.user_agent): row
            for row in Sighting.objects.filter(usage__in=portion, folded=0)
        }
        new, changed = [], []
        for usage in portion:
            for pair, moments in found[usage].items():
                row = known.get((usage, *pair))
                if row is None:
                    new.append(_new(usage, pair, moments))
                else:
                    _add(row, moments, recount=recount)
                    changed.append(row)
        Sighting.objects.bulk_create(new, batch_size=500)
        update_each(Sighting, changed, ["first_seen_at", "last_seen_at", "count"])
        _fold(portion)


def _new(usage: UUID, pair: Pair, moments: Sequence[datetime]) -> Sighting:
    return Sighting(
        usage_id=usage,
        address=pair[0],
        user_agent=pair[1],
        first_seen_at=min(moments),
        last_seen_at=max(moments),
        count=len(moments),
    )


def _add(row: Sighting, moments: Iterable[datetime], *, recount: bool) -> None:
    first, last = row.first_seen_at, row.last_seen_at
    for at in moments:
        row.count += recount or not first <= at <= last
        row.first_seen_at = min(row.first_seen_at, at)
        row.last_seen_at = max(row.last_seen_at, at)


def _fold(usages: Sequence[UUID]) -> None:
    """Beyond `KEPT` pairs of a usage, the ones not seen for longest become one row."""
    named = Sighting.objects.filter(usage__in=usages, folded=0)
    crowded = named.order_by().values("usage").annotate(n=Count("pk")).filter(n__gt=KEPT)
    for usage in list(crowded.values_list("usage", flat=True)):
        rest = list(named.filter(usage=usage).order_by("-last_seen_at", "-pk")[KEPT:])
        others = Sighting.objects.filter(usage=usage, folded__gte=1).first()
        every = [*rest, others] if others else rest
        columns = {
            "first_seen_at": min(row.first_seen_at for row in every),
            "last_seen_at": max(row.last_seen_at for row in every),
            "count": sum(row.count for row in every),
            "folded": sum(max(row.folded, 1) for row in every),
        }
        for portion in chunks([row.pk for row in rest]):
            Sighting.objects.filter(pk__in=portion).delete()
        Sighting.objects.update_or_create(
            usage_id=usage, address="", user_agent="", defaults=columns
        )
