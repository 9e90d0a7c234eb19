"""What the banners are made from, and the size of two lists: all of it in one query.

Each part of the union is one narrow question with an index behind it, in the shape (about, word,
moment, number); what a part does not speak of stays empty. The limit of a part stands in a
sub-select, since SQLite takes none in a part of a union.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    F,
    IntegerField,
    Min,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from tokens.models import ChainHead, Company, Incident, Integration, Pulse, Secret
from tokens.notifications.outbox import waiting_mails
from tokens.selectors.kept import Standing
from tokens.selectors.refused import that_matter

#: Sweep and beat do something every minute; ten minutes of silence are no hiccup.
SILENCE = timedelta(minutes=10)
#: What works, and when the dead-man's switch was last tried and reached.
PULSES = ("beat", "sweep", "deadman_tried", "deadman")
REFUSED_READ = 200

Part = tuple[str, str, datetime | None, int]
Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """An open incident: its id, since when, and how many of the watched tokens turned bad."""

    id: str
    begun_at: datetime
    bad: int
    watched: int


@dataclass(frozen=True, slots=True)
class Signals:
    """`seen`: when each of PULSES last was; `late`: a check waits beyond SILENCE.

    `queued_since` is None where no mail waits. `refused`: addresses, sorted, each once. `incident`:
    the open one. `companies` and `integrations`: how many there are.
    `head`: the hash of the audit trail's last entry.
    """

    seen: dict[str, datetime]
    late: bool
    queued: int
    queued_since: datetime | None
    refused: tuple[str, ...]
    incident: Held | None
    companies: int
    integrations: int
    head: str

    def standing(self, now: datetime) -> Standing:
        """How the facts stand, for what is kept under that."""
        return Standing(self.head, self.seen.get("sweep"), now)


def signals(now: datetime) -> Signals:
    """What stands at `now`, in one query."""
    first, *others = _parts(now)
    found: dict[str, list[Part]] = defaultdict(list)
    for row in first.union(*others, all=True):
        found[row[0]].append(row)
    mails = found["queued"]
    return Signals(
        seen={word: at for _, word, at, _ in found["pulse"] if at is not None},
        late=bool(found["late"]),
        queued=mails[0][3] if mails else 0,
        queued_since=mails[0][2] if mails else None,
        refused=tuple(sorted({word for _, word, *_ in found["refused"]})),
        incident=_held(found["incident"], found["watched"]),
        companies=sum(row[3] for row in found["companies"]),
        integrations=sum(row[3] for row in found["integrations"]),
        head=found["head"][0][1] if found["head"] else "",
    )


def _held(incidents: list[Part], watched: list[Part]) -> Held | None:
    """At most one is open; what is counted beyond the first number stands in a row of its own."""
    numbers = {word: number for _, word, _, number in watched}
    for _, word, at, bad in incidents:
        if at is not None:
            return Held(str(UUID(word)), at, bad, numbers[word])
    return None


def _parts(now: datetime) -> list[Rows]:
    late = Secret.objects.filter(next_check_at__lt=now - SILENCE)
    held = Incident.objects.filter(ended_at__isnull=True)
    return [
        _part("pulse", Pulse.objects.filter(name__in=PULSES), word="name", at="at"),
        _part("late", _first(late, 1), at="next_check_at"),
        _counted("queued", waiting_mails(now), at="waits_since"),
        _part("refused", _first(that_matter(now), REFUSED_READ), word="email", at="since"),
        _part("incident", held, word="pk", at="begun_at", number="bad"),
        _part("watched", held, word="pk", at="begun_at", number="watched"),
        _counted("companies", Company.objects.all()),
        _counted("integrations", Integration.objects.all()),
        ChainHead.objects.order_by().values_list(
            Value("head", output_field=CharField()),
            Cast("hash", CharField()),
            Value(None, output_field=DateTimeField()),
            Value(0, output_field=IntegerField()),
        ),
    ]


def _first(rows: Rows, limit: int) -> Rows:
    found: Rows = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[:limit])
    return found


def _part(about: str, rows: Rows, *, at: str, word: str = "", number: str = "") -> Rows:
    return rows.order_by().values_list(
        Value(about, output_field=CharField()),
        Cast(word, CharField()) if word else Value("", output_field=CharField()),
        F(at),
        F(number) if number else Value(0, output_field=IntegerField()),
    )


def _counted(about: str, rows: Rows, *, at: str = "") -> Rows:
    """One row with the number and the earliest moment; none where there is nothing to count."""
    moment = Min(at) if at else Value(None, output_field=DateTimeField())
    grouped: Rows = (
        rows.order_by().annotate(about=Value(about, output_field=CharField())).values("about")
    )
    counted: Rows = grouped.annotate(
        word=Value("", output_field=CharField()), first=moment, number=Count("pk")
    )
    return counted.values_list("about", "word", "first", "number")
