"""The end of a sweep that is asked to stop: what was answered is recorded, what is left is free.

Nothing waits for claims to run out: another worker, or this one once it is back, goes on at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db.models import Q

from tokens.models import Secret
from tokens.models.bulk import among
from tokens.services.probing.apart import ProberApart
from tokens.services.probing.asking import Result
from tokens.services.probing.claiming import Job
from tokens.services.probing.prober import Prober

log = structlog.get_logger(__name__)
#: For what is in flight; `up` and a container's runtime give a process eight to ten seconds.
GRACE_SECONDS = 4.0


def wind_up(
    prober: Prober | ProberApart,
    take: Callable[[list[Result]], None],
    clock: Callable[[], datetime],
) -> None:
    """Ask nobody anew, `take` the answers of the next seconds, and let go of all the rest."""
    begun = time.monotonic()
    _let_go(waiting := prober.take_back(), claimed_until=None)
    while prober.pending and (left := GRACE_SECONDS - (time.monotonic() - begun)) > 0:
        take(prober.collect(most=prober.pending, at_most_seconds=left))
    unanswered = prober.abandon()
    # These were asked, so whoever takes them next counts the calls of a dead claim.
    _let_go(unanswered, claimed_until=clock())
    log.info("sweep.stopped", not_begun=len(waiting), unanswered=len(unanswered))


def _let_go(jobs: list[Job], *, claimed_until: datetime | None) -> None:
    mine = Q(claim__in={job.claim for job in jobs})
    found = Secret.objects.filter(mine, pk__in=among(job.subject_id for job in jobs))
    if claimed_until is None:
        found.update(claim=None, claimed_until=None)
    else:
        found.update(claimed_until=claimed_until)
