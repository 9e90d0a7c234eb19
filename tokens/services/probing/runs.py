"""Checks are kept as runs of equal outcomes, so that an hourly success adds no row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from tokens.coolset.outcomes import Answer
from tokens.models import Check, Secret
from tokens.models.bulk import among, update_each

#: Latencies kept per run, in milliseconds, the newest last: enough for a median.
LATENCIES = 32


class RunRecorder:
    """Takes in one batch of answers; `write` stores the runs that went on or began."""

    def __init__(self, run_ids: Sequence[uuid.UUID | None]) -> None:
        ids = [run_id for run_id in run_ids if run_id is not None]
        runs = Check.objects.filter(pk__in=among(ids)) if ids else ()
        self._running = {check.pk: check for check in runs}
        self._went_on: list[Check] = []
        self._began: list[Check] = []

    def take(self, secret: Secret, answer: Answer) -> None:
        run = self._running.get(secret.run_id) if secret.run_id else None
        if run is not None and _continues(run, answer):
            run.last_at = max(run.last_at, answer.at)
            run.count += 1
            run.latencies = [*run.latencies, answer.latency_ms][-LATENCIES:]
            self._went_on.append(run)
            return
        run = new_run(secret, answer)
        secret.run_id = run.pk
        self._began.append(run)

    def write(self) -> None:
        Check.objects.bulk_create(self._began)
        update_each(Check, self._went_on, ["last_at", "count", "latencies"])


def new_run(secret: Secret, answer: Answer) -> Check:
    return Check(
        secret=secret,
        outcome=answer.outcome.value,
        status=answer.status,
        problem=answer.problem.value,
        first_at=answer.at,
        last_at=answer.at,
        latencies=[answer.latency_ms],
    )


def _continues(run: Check, answer: Answer) -> bool:
    return (run.outcome, run.status, run.problem) == (
        answer.outcome.value,
        answer.status,
        answer.problem.value,
    )
