"""Which entries an archive would hold: all before a day, without a gap, never the young ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Min

from tokens.audit import head
from tokens.audit.anchors import anchor
from tokens.audit.verification import hash_of
from tokens.errors import InvalidInput
from tokens.models import AuditEvent
from tokens.policy.days import midnight
from tokens.policy.retention import KEEP_DAYS, leaves_enough


@dataclass(frozen=True, slots=True)
class Prefix:
    """Entries after number `after` up to number `number`; hashes of both, and the latest moment."""

    after: int
    number: int
    previous_hash: str
    hash: str
    last_at: datetime

    @property
    def count(self) -> int:
        return self.number - self.after


def prefix_before(before: date, *, now: datetime) -> Prefix:
    """All entries before the first one of that UTC day or later.

    Entries are numbered as they are written and dated by whoever acts, so an older date may stand
    behind a younger one: it stays. Raises InvalidInput naming `before`.
    """
    if not leaves_enough(before, now):
        raise InvalidInput(f"has to be at least {KEEP_DAYS} days ago: those stay", field="before")
    gone = anchor()
    if fault := gone.fault():
        raise InvalidInput(f"{fault}: run verify_audit", field="before")
    young = AuditEvent.objects.filter(at__gte=midnight(before)).aggregate(first=Min("pk"))["first"]
    number = (head() or (0, ""))[0] if young is None else young - 1
    if number <= gone.number:
        raise InvalidInput("no entry is older", field="before")
    old = AuditEvent.objects.filter(pk__lte=number).aggregate(last=Max("at"))["last"]
    return Prefix(gone.number, number, gone.hash, hash_of(number), old)
