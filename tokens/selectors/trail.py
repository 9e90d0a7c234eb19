"""Reading the audit trail: filtered, newest first, found by the number of an entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tokens.audit import Event
from tokens.errors import InvalidInput
from tokens.models import AuditEvent
from tokens.policy.days import midnight
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.beside import told

SIZE = 50
LONGEST = 320
_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What a person may ask. Dates are UTC days, both included; texts are parts of names or ids."""

    kind: str = ""
    actor: str = ""
    subject: str = ""
    company: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def parse(cls, query: Mapping[str, Any]) -> TrailFilters:
        """Read an address's query. Raises InvalidInput naming the parameter, without its value."""
        kind = _text(query, "kind")
        if kind and kind not in {event.value for event in Event}:
            raise InvalidInput("is not a kind of event", field="kind")
        found = cls(
            kind=kind,
            actor=_text(query, "actor"),
            subject=_text(query, "subject"),
            company=_text(query, "company"),
            since=_day(query, "since"),
            until=_day(query, "until"),
        )
        if found.since and found.until and found.until < found.since:
            raise InvalidInput("lies before the first day", field="until")
        return found

    def pairs(self) -> dict[str, str]:
        """As they stand in an address; what is not asked is left out."""
        found = {
            "kind": self.kind,
            "actor": self.actor,
            "subject": self.subject,
            "company": self.company,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: text for name, text in found.items() if text}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is shown: who did what to what, with its facts."""

    number: int
    at: datetime
    kind: str
    actor_kind: str
    actor: str
    subject_type: str
    subject_id: str
    subject: str
    company_id: str
    company: str
    facts: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class TrailPage:
    """`older` and `newer` are the numbers from which the neighbouring pages go on; 0: none."""

    entries: tuple[Entry, ...]
    older: int
    newer: int


def trail(
    filters: TrailFilters,
    *,
    older: int = 0,
    newer: int = 0,
    size: int = SIZE,
    reach: Reach = EVERYTHING,
) -> TrailPage:
    """Entries below number `older`, or above `newer`, or the latest; one query.

    Within reach are those about what belongs to one of its companies.
    """
    found = _asked(filters)
    if reach.companies is not None:
        found = found.filter(company_id__in=map(str, reach.companies))
    backward = newer > 0 and not older
    if backward:
        found = found.filter(id__gt=min(newer, _HIGHEST)).order_by("id")
    elif older:
        found = found.filter(id__lt=min(older, _HIGHEST))
    rows = list(found[: size + 1])
    more = len(rows) > size
    rows = rows[:size][::-1] if backward else rows[:size]
    has_newer, has_older = (more, True) if backward else (older > 0, more)
    return TrailPage(
        tuple(entry_of(row, reach) for row in rows),
        older=rows[-1].pk if rows and has_older else 0,
        newer=rows[0].pk if rows and has_newer else 0,
    )


def _asked(filters: TrailFilters) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.order_by("-id")
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.actor:
        found = found.filter(actor_name__icontains=filters.actor)
    if filters.subject:
        found = found.filter(_named("subject", filters.subject))
    if filters.company:
        found = found.filter(_named("company", filters.company))
    if filters.since:
        found = found.filter(at__gte=midnight(filters.since))
    if filters.until:
        found = found.filter(at__lt=midnight(filters.until) + timedelta(days=1))
    return found


def _named(what: str, text: str) -> Q:
    """By id, which an index serves, or by a part of the name as it was then."""
    try:
        return Q(**{f"{what}_id": str(UUID(text))})
    except ValueError:
        return Q(**{f"{what}_name__icontains": text})


def entry_of(row: AuditEvent, reach: Reach = EVERYTHING) -> Entry:
    """A stored entry as it is shown to somebody of this reach."""
    return Entry(
        number=row.pk,
        at=row.at,
        kind=row.kind,
        actor_kind=row.actor_kind,
        actor=row.actor_name,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject=row.subject_name,
        company_id=row.company_id,
        company=row.company_name,
        facts=told(json.loads(row.data), whole=reach.whole),
        hash=row.hash,
    )


def _text(query: Mapping[str, Any], name: str) -> str:
    text = str(query.get(name, "")).strip()
    if len(text) > LONGEST or not text.isprintable():
        raise InvalidInput(f"is longer than {LONGEST} characters or unreadable", field=name)
    return text


def _day(query: Mapping[str, Any], name: str) -> date | None:
    text = _text(query, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("is not a date such as 2026-11-24", field=name) from None
