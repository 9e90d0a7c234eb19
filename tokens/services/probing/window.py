"""What other batches recorded in the same minutes, as the judge of an incident sees it.

Counting it reads every secret. A sweep of very many would do that for every batch in which one
token was refused, so that each check would cost more the more tokens there are. Where there are
many, a count serves a sweep for a moment: an incident among so many is seen that much later, and
first refusals of that moment are taken back (`incidents._take_back_suspicions`). What decides is
never judged by a kept count: a second refusal, and the end of an incident.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tokens.models import Secret
from tokens.models.bulk import among
from tokens.policy.incident import BAD, Panel, Tally
from tokens.policy.vocabulary import Health, Outcome

WELL = (Health.VALID.value, Health.INSUFFICIENT.value)
#: Fewer watched tokens than this are counted anew for every batch.
MANY = 5_000
#: A count serves so many times as long as it took, and for so many seconds at least and at most.
WORTH, SHORTEST, LONGEST = 10, 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Latest answers of secrets that were well before: all of them, and those whose refusal
    nobody expects."""

    everyone: Tally
    unexpected: Tally

    def without(self, other: Stored) -> Stored:
        return Stored(
            _less(self.everyone, other.everyone), _less(self.unexpected, other.unexpected)
        )

    def and_batch(self, panel: Panel) -> Panel:
        """The batch's own samples with these."""
        return Panel(
            panel.by_secret,
            _more(panel.everyone, self.everyone),
            _more(panel.unexpected, self.unexpected),
        )


class Window:
    """Of one sweep; `stored` is asked for once per batch, before that is recorded."""

    def __init__(self) -> None:
        self._all: Stored | None = None
        self._of: UUID | None = None
        self._until = 0.0

    def stored(
        self,
        *,
        since: datetime,
        exclude: Iterable[UUID],
        incident: UUID | None = None,
        anew: bool = False,
    ) -> Stored:
        """What was recorded since then of all but these secrets.

        A kept count serves while the same incident is open, or none; `anew`: none serves now.
        """
        batch = list(exclude)
        kept = self._of == incident and time.monotonic() < self._until
        if self._all is None or anew or not kept:
            self._of, self._all = incident, self._count_all(since)
        return self._all.without(_count(_recorded(since).filter(pk__in=among(batch))))

    def _count_all(self, since: datetime) -> Stored:
        begun = time.monotonic()
        found = _count(_recorded(since))
        ended = time.monotonic()
        serves = min(max(WORTH * (ended - begun), SHORTEST), LONGEST)
        self._until = ended + serves if found.everyone.watched >= MANY else ended
        return found


def _recorded(since: datetime) -> QuerySet[Secret]:
    well = Q(last_accepted_at__isnull=False) & (Q(health__in=WELL) | Q(refused_since__gte=since))
    return Secret.objects.filter(well, last_checked_at__gte=since).exclude(
        last_outcome=Outcome.UNREADABLE.value
    )


def _count(secrets: QuerySet[Secret]) -> Stored:
    bad = Q(last_outcome__in=[outcome.value for outcome in BAD])
    unexpected = Q(revocation__isnull=True)
    counts = secrets.aggregate(
        watched=Count("pk"),
        bad=Count("pk", filter=bad),
        watched_unexpected=Count("pk", filter=unexpected),
        bad_unexpected=Count("pk", filter=bad & unexpected),
    )
    return Stored(
        Tally(counts["watched"], counts["bad"]),
        Tally(counts["watched_unexpected"], counts["bad_unexpected"]),
    )


def _less(one: Tally, other: Tally) -> Tally:
    """Never below nothing: a kept count may not know all that a batch's own rows say."""
    return Tally(max(0, one.watched - other.watched), max(0, one.bad - other.bad))


def _more(one: Tally, other: Tally) -> Tally:
    return Tally(one.watched + other.watched, one.bad + other.bad)
