"""Sweep: check every secret that is due. Safe beside other sweeps, and after any kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from tokens.keys import private_keyring
from tokens.policy.vocabulary import Outcome
from tokens.services.alert import release_alerts
from tokens.services.probing.claiming import BATCH, Job, batch_size, claim_due
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober, ProbeSettings, Result
from tokens.services.probing.recording import record
from tokens.services.pulse import beat

#: The next claim is made while this many probes per place in flight are still to come, so that
#: the network never waits for the database.
AHEAD = 3


@dataclass(slots=True)
class Swept:
    """What a sweep did; `outcomes` counts secrets."""

    seconds: float = 0.0
    outcomes: dict[Outcome, int] = field(default_factory=dict)

    @property
    def checked(self) -> int:
        return sum(self.outcomes.values())

    def take(self, results: Iterable[Result]) -> None:
        for result in results:
            outcome = result.answer.outcome
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def sweep(
    *,
    clock: Callable[[], datetime],
    most: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Swept:
    """Check what is due until nothing is, `most` were claimed, or `stop` says so.

    `clock` gives aware UTC and is read again and again: a sweep takes time. Raises KeyringError
    where this process cannot open, AddressError where it must not send.
    """
    how = probe_settings(clock)
    size = batch_size(concurrency=how.concurrency, timeout_seconds=how.timeout_seconds)
    left = most

    def claim() -> list[Job]:
        nonlocal left
        if stop() or left == 0:
            return []
        jobs = claim_due(limit=size if left is None else min(size, left), now=clock())
        left = None if left is None else left - len(jobs)
        return jobs

    swept = run(claim, how)
    beat("sweep", now=clock())
    return swept


def run(
    claim: Callable[[], list[Job]],
    how: ProbeSettings,
    on_results: Callable[[list[Result]], None] = lambda results: None,
) -> Swept:
    """Probe what `claim` hands out until that is nothing; the database stays in this thread."""
    swept, begun = Swept(), time.monotonic()
    jobs = claim()
    if jobs:
        with Prober(private_keyring(), how) as prober:
            while jobs or prober.pending:
                prober.submit(jobs)
                results = prober.collect(most=BATCH)
                more = prober.pending < how.concurrency * AHEAD
                jobs = claim() if more else []
                record(
                    results,
                    confirm_seconds=settings.COOLSET_CONFIRM_SECONDS,
                    now=how.clock(),
                )
                swept.take(results)
                on_results(results)
        release_alerts(now=how.clock())
    swept.seconds = time.monotonic() - begun
    return swept
