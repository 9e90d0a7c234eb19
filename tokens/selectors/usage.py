"""Evidence of use of one secret, in one query: per source, and who, where they are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F

from tokens.models import Secret, Sighting, Usage
from tokens.policy.logs import Cover
from tokens.policy.usage import HourMap
from tokens.policy.usage_days import DayMap, DayOfUse, days_of_use
from tokens.policy.vocabulary import EvidenceSource

_USAGE = ("source", "first_seen_at", "last_seen_at", *Usage.MAPS)
_WHO = ("address", "user_agent", "first_seen_at", "last_seen_at", "count", "folded")


@dataclass(frozen=True, slots=True)
class Who:
    """An address and a user agent, either of them "" where it was not named; of `folded` older
    ones in one row neither is known any more. `count`: how often they were told, at least."""

    source: str
    address: str
    user_agent: str
    first_seen_at: datetime
    last_seen_at: datetime
    count: int
    folded: int


@dataclass(frozen=True, slots=True)
class Source:
    """What one source saw. First and last are None where it looked and saw nothing."""

    source: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    hours: HourMap
    days: DayMap
    who: tuple[Who, ...] = ()

    @property
    def looks(self) -> bool:
        """Whether it can look and see nothing; the others speak of use alone."""
        return self.source == EvidenceSource.HEADERS.value


@dataclass(frozen=True, slots=True)
class Use:
    """All sources, the latest use first."""

    sources: tuple[Source, ...] = field(default=())

    def of(self, source: EvidenceSource) -> Source | None:
        return next((each for each in self.sources if each.source == source.value), None)

    def who(self) -> list[Who]:
        """Everybody who was named, by any source, the latest first and those folded last."""
        found = [who for source in self.sources for who in source.who]
        return sorted(found, key=lambda who: (not who.folded, who.last_seen_at), reverse=True)

    def days(self, cover: Cover | None, *, now: datetime, count: int) -> list[DayOfUse]:
        """The last `count` UTC days, all sources together."""
        maps = [(each.hours, each.days) for each in self.sources]
        return days_of_use(maps, cover, now=now, days=count)


def use_of(secret_id: UUID) -> Use:
    """What is known of a secret's use."""
    who = [f"sightings__{name}" for name in _WHO]
    newest = F("sightings__last_seen_at").desc(nulls_last=True)
    rows = Usage.objects.filter(secret_id=secret_id).order_by("source", newest)
    by_source: dict[str, list[Sequence[object]]] = {}
    for row in rows.values_list(*_USAGE, *who):
        by_source.setdefault(row[0], []).append(row)
    sources = [_source(rows) for rows in by_source.values()]
    # Those that saw nothing come last.
    sources.sort(key=lambda each: each.last_seen_at.timestamp() if each.last_seen_at else 0.0)
    return Use(tuple(reversed(sources)))


def use_in(usages: Iterable[Usage], sightings: Iterable[Sighting]) -> Use:
    """The same out of rows of one secret that were read already, `sightings` the latest first."""
    who: dict[UUID, list[Sighting]] = {}
    for each in sightings:
        who.setdefault(each.usage_id, []).append(each)
    sources = [_seen_by(usage, who.get(usage.pk, ())) for usage in usages]
    sources.sort(key=lambda each: each.last_seen_at.timestamp() if each.last_seen_at else 0.0)
    return Use(tuple(reversed(sources)))


def _seen_by(usage: Usage, sightings: Iterable[Sighting]) -> Source:
    who = tuple(Who(usage.source, *(getattr(each, name) for name in _WHO)) for each in sightings)
    return Source(usage.source, usage.first_seen_at, usage.last_seen_at, *usage.maps(), who)


def cover_of(secret: Secret) -> Cover | None:
    """What imported logs cover without a gap."""
    since, until = secret.logs_cover_since, secret.logs_cover_until
    return Cover(since, until) if since is not None and until is not None else None


def _source(rows: Iterable[Sequence[object]]) -> Source:
    rows = list(rows)
    name, first, last, *maps = rows[0][: len(_USAGE)]
    usage = Usage(**dict(zip(Usage.MAPS, maps, strict=True)))
    named = [row[len(_USAGE) :] for row in rows if row[-1] is not None]
    who = tuple(Who(str(name), *row) for row in named)  # type: ignore[arg-type]  # a row of _WHO
    return Source(str(name), first, last, *usage.maps(), who)  # type: ignore[arg-type]  # moments
