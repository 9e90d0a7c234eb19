"""Sweep: check every secret that is due. Safe beside other sweeps, and after any kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from structlog.contextvars import bound_contextvars

from tokens.audit import AuditUnavailable
from tokens.keys import private_keyring
from tokens.models.base import new_id
from tokens.policy.counted import Counted
from tokens.policy.vocabulary import Outcome
from tokens.services.alert import release_alerts
from tokens.services.probing.apart import ProberApart, can_be_apart
from tokens.services.probing.asking import ProbeSettings, Result
from tokens.services.probing.claiming import BATCH, Job, claim_due
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober
from tokens.services.probing.put_back import recall
from tokens.services.probing.recording import record
from tokens.services.probing.set_aside import set_aside
from tokens.services.probing.winding_up import wind_up
from tokens.services.probing.window import Window
from tokens.services.pulse import beat
from tokens.services.sweep_counts import Counts, count_sweep
from tokens.services.tally import tally
from tokens.stopping import asked_to_stop

log = structlog.get_logger(__name__)
#: Fewer answers than this cost a transaction more than they are worth.
SMALLEST = 32


@dataclass(slots=True)
class Swept:
    """What a sweep did; `outcomes` counts secrets. `stopped`: it was asked to end before that."""

    seconds: float = 0.0
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    stopped: bool = False

    @property
    def checked(self) -> int:
        return sum(self.outcomes.values())

    def take(self, results: Iterable[Result]) -> None:
        for result in results:
            outcome = result.answer.outcome
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def sweep(*, clock: Callable[[], datetime]) -> Swept:
    """Check what is due until nothing is.

    `clock` gives aware UTC and is read again and again: a sweep takes time. Raises KeyringError
    where this process cannot open, AddressError where it must not send.
    """
    how = probe_settings(clock)
    recall(now=clock())
    with bound_contextvars(sweep_id=str(new_id())):
        swept = run(lambda: claim_due(pace=how.pace, now=clock()), how)
        if swept.checked:
            log.info("sweep.done", checked=swept.checked, seconds=round(swept.seconds, 3))
    count_sweep(swept.seconds, stopped=swept.stopped, now=clock())
    if not swept.stopped:
        beat("sweep", now=clock())
    return swept


def run(
    claim: Callable[[], list[Job]],
    how: ProbeSettings,
    on_results: Callable[[list[Result]], None] = lambda results: None,
) -> Swept:
    """Probe what `claim` hands out until that is nothing; the database stays in this thread."""
    swept, begun, counts, window = Swept(), time.monotonic(), Counts(how.clock), Window()
    jobs = [] if asked_to_stop() else claim()

    def take(results: list[Result]) -> None:
        _record(results, window, how.clock())
        swept.take(results)
        counts.take(results)
        on_results(results)

    if jobs:
        with _who_asks(jobs, how)(private_keyring(), how) as prober:
            prober.submit(jobs)
            while not asked_to_stop():
                if prober.pending < how.pace.ahead:
                    prober.submit(claim())
                if not prober.pending:
                    break  # asked after claiming: a small batch may come back all at once
                take(prober.collect(most=_portion(prober.pending), hurry=asked_to_stop))
            if prober.pending:
                wind_up(prober, take, how.clock)
        counts.tell()
        release_alerts(now=how.clock())
    swept.seconds, swept.stopped = time.monotonic() - begun, asked_to_stop()
    return swept


def _who_asks(first: Sequence[Job], how: ProbeSettings) -> type[Prober] | type[ProberApart]:
    """A process of its own, where the first claim is full and so more is to come."""
    return ProberApart if len(first) >= how.pace.batch and can_be_apart() else Prober


def _portion(pending: int) -> int:
    """How many answers to wait for: never all, so that probing goes on while they are recorded,
    and fewer towards the end, so that little is left to record after the last of them."""
    return min(BATCH, max(SMALLEST, pending // 2))


def _record(results: Sequence[Result], window: Window, now: datetime) -> None:
    """Record a batch; one row that cannot be recorded is set aside, and the others are recorded.

    A database that does not answer is no row's fault: that error goes up, the claims run out, and
    the next sweep asks again.
    """
    try:
        seconds = settings.COOLSET_CONFIRM_SECONDS
        record(results, confirm_seconds=seconds, window=window, now=now)
    except (OperationalError, InterfaceError, AuditUnavailable):
        raise
    except Exception as error:
        if len(results) > 1:
            middle = len(results) // 2
            _record(results[:middle], window, now)
            _record(results[middle:], window, now)
            return
        tally(Counted.NOT_RECORDED, {"": 1}, now=now)
        set_aside(secret_id=results[0].job.subject_id, kind=type(error).__name__, now=now)
