"""Which secret a sighting is of: by fingerprint, else by a hint that fits exactly one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tokens.models import Secret, Token
from tokens.policy.days import midnight, utc_day
from tokens.services.chunks import chunks
from tokens.services.csv_table import RowError
from tokens.services.sightings import TOKEN_INSIDE, Pair, known_among
from tokens.services.usage_import.reading import WHO, Sighting

_HOUR = {"minute": 0, "second": 0, "microsecond": 0}
#: secret, (integration, company, environment)
_Place = tuple[UUID, tuple[str, str, str]]


@dataclass(slots=True)
class Seen:
    """What a log says of one secret: first and last use, the hours (UTC) with use, and when whom
    it named was seen."""

    first: datetime
    last: datetime
    hours: set[datetime] = field(default_factory=set)
    by: dict[Pair, list[datetime]] = field(default_factory=dict)

    def add(self, at: datetime, who: Pair) -> None:
        self.first, self.last = min(self.first, at), max(self.last, at)
        self.hours.add(at.replace(**_HOUR))  # type: ignore[arg-type]  # names of its parts
        if any(who):
            self.by.setdefault(who, []).append(at)


@dataclass(slots=True)
class Matched:
    """Secrets by id with what was seen of them; rows of values that are not in the inventory."""

    seen: dict[UUID, Seen] = field(default_factory=dict)
    unknown: list[Sighting] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def match(sightings: Sequence[Sighting]) -> Matched:
    """Find the secret of each sighting. An ambiguous hint, and use before issue, are errors."""
    by_mark = _by_mark({each.mark for each in sightings if each.mark is not None})
    by_hint = _by_hint({each.hint for each in sightings if each.mark is None})
    found, owned = Matched(errors=_token_elsewhere(sightings)), []
    for each in sightings:
        if each.mark is not None:
            ids = {by_mark[each.mark]} if each.mark in by_mark else set()
        else:
            places = by_hint.get(each.hint, [])
            ids = {secret for secret, place in places if _fits(each.place, place)}
        if len(ids) > 1:
            reason = "fits several tokens: add integration, company or environment"
            found.errors.append(RowError(each.line, "hint", reason))
        elif ids:
            owned.append((each, ids.pop()))
        else:
            found.unknown.append(each)
    _take(found, owned)
    return found


def _token_elsewhere(sightings: Sequence[Sighting]) -> list[RowError]:
    """Rows that hold a token of the inventory where they should say who used it."""
    known = known_among({text for each in sightings for text in each.who if text})
    return [
        RowError(each.line, column, TOKEN_INSIDE)
        for each in sightings
        for column, text in zip(WHO, each.who, strict=True)
        if text in known
    ]


def _take(found: Matched, owned: Sequence[tuple[Sighting, UUID]]) -> None:
    issued = _issued({secret for _, secret in owned})
    for each, secret in owned:
        if secret in issued and each.at < issued[secret]:
            reason = "lies before the token was issued"
            found.errors.append(RowError(each.line, "time", reason))
        else:
            found.seen.setdefault(secret, Seen(each.at, each.at)).add(each.at, each.who)


def _by_mark(marks: set[bytes]) -> dict[bytes, UUID]:
    found: dict[bytes, UUID] = {}
    for portion in chunks(marks):
        rows = Secret.objects.filter(fingerprint__in=portion).values_list("fingerprint", "pk")
        found.update((bytes(mark or b""), key) for mark, key in rows)
    return found


def _by_hint(hints: set[str]) -> dict[str, list[_Place]]:
    found: dict[str, list[_Place]] = {}
    for portion in chunks(hints - {""}):
        rows = Token.objects.filter(hint__in=portion).values_list(
            "hint", "secret_id", "integration__name", "company__name", "environment"
        )
        for hint, secret, *place in rows:
            found.setdefault(hint, []).append((secret, (place[0], place[1], place[2])))
    return found


def _fits(asked: Iterable[str], place: Iterable[str]) -> bool:
    return all(not want or want == have for want, have in zip(asked, place, strict=True))


def _issued(secrets: Collection[UUID]) -> dict[UUID, datetime]:
    """The earliest moment at which a secret can have been used, where its issue is known."""
    found: dict[UUID, datetime] = {}
    unknown: set[UUID] = set()
    for portion in chunks(secrets):
        rows = Token.objects.filter(secret__in=portion).values_list("secret_id", "issued_at")
        for secret, issued in rows:
            if issued is None:
                unknown.add(secret)
                continue
            # An issue moment is often only a date, and of another zone.
            earliest = midnight(utc_day(issued)) - timedelta(days=1)
            found[secret] = min(found.get(secret, earliest), earliest)
    return {key: at for key, at in found.items() if key not in unknown}
