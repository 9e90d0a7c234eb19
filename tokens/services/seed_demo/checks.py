"""Checks of the past: when each sample was asked about, and how the answers were recorded."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tokens.models import Secret
from tokens.models.base import new_id
from tokens.policy.days import midnight, utc_day
from tokens.policy.vocabulary import Environment, Outcome
from tokens.services.chunks import chunks
from tokens.services.probing.recording import record
from tokens.services.seed_demo.answers import result
from tokens.services.seed_demo.deck import HISTORY_DAYS
from tokens.services.seed_demo.plan import Plan
from tokens.services.seed_demo.shape import Revoke, Sample, Workspace

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Between two refusals that confirm one another, as in the product's default.
CONFIRM_SECONDS = 300
#: About so many answers are replayed, however many tokens there are.
DAILY_ANSWERS, HOURLY_ANSWERS = 12_000, 4_000
#: Daily for the days that a map of use is judged by, weekly before; hourly for the last day.
DAYS, HOURS = 30, 24
#: The last round is spread over an hour, so that a live instance goes on evenly.
ROUNDS, APART = 6, 8
#: Others that are asked in the minutes of a refusal, and bear witness.
WITNESSES = 12
#: Checks that all share lie beside the minutes in which people act.
OFF = timedelta(minutes=7, seconds=50)

Schedule = dict[datetime, dict[Sample, None]]


def schedule(plan: Plan) -> Schedule:
    """Which samples were asked about at which moment."""
    asked = [sample for sample in plan.samples if sample.is_asked]
    moments: Schedule = defaultdict(dict)
    daily, hourly = _daily(plan), _hourly(plan)
    for number, sample in enumerate(asked):
        last_round = plan.now - (4 + APART * (number % ROUNDS)) * MINUTE
        production = sample.place.environment == Environment.PRODUCTION.value
        times = [
            *([] if sample.replaces else [sample.stored_at + MINUTE]),
            *daily,
            *(hourly if production else []),
            *_closely(sample, plan.now),
            *sample.extra,
            last_round,
        ]
        for moment in times:
            if _is_asked(sample, moment):
                moments[moment][sample] = None
    _add_neighbours(asked, moments)
    _add_witnesses(asked, moments)
    return moments


def _is_asked(sample: Sample, moment: datetime) -> bool:
    ended = sample.last_check is not None and moment > sample.last_check
    return moment > sample.stored_at and not ended


def _daily(plan: Plan) -> list[datetime]:
    """Once a day, weekly further back, less often where there are very many tokens."""
    shown = max(4, min(DAYS, DAILY_ANSWERS // max(1, len(plan.samples))))
    every = -(-DAYS // shown)
    days = [*range(1, DAYS + 1, every), *range(DAYS + 7, HISTORY_DAYS, max(7, every))]
    return [midnight(utc_day(plan.now)) - day * DAY + 12 * HOUR + OFF for day in days]


def _hourly(plan: Plan) -> list[datetime]:
    shown = max(1, min(HOURS, HOURLY_ANSWERS // max(1, len(plan.samples))))
    this_hour = plan.now.replace(minute=0, second=0, microsecond=0)
    return [this_hour - hour * HOUR + OFF for hour in range(1, shown + 1)]


def _closely(sample: Sample, now: datetime) -> Iterable[datetime]:
    moment = sample.hourly_since
    while moment is not None and moment + OFF < now - HOUR:
        yield moment + OFF
        moment += HOUR


def _add_neighbours(asked: Sequence[Sample], moments: Schedule) -> None:
    """A recorded revocation makes the company's other tokens due at once."""
    by_company: dict[Workspace, list[Sample]] = defaultdict(list)
    for sample in asked:
        by_company[sample.place.company].append(sample)
    for sample in asked:
        for act in sample.acts:
            if isinstance(act, Revoke):
                at = act.at + MINUTE
                near = by_company[sample.place.company]
                moments[at].update({other: None for other in near if _is_asked(other, at)})


def _add_witnesses(asked: Sequence[Sample], moments: Schedule) -> None:
    """Where refusals come, others are asked in the same minutes and work: no vendor's incident."""
    for moment, group in moments.items():
        refused = sum(sample.says(moment) is Outcome.UNAUTHORIZED for sample in group)
        wanted = max(WITNESSES, 4 * refused)
        if refused and len(group) < wanted:
            group.update({other: None for other in asked[-wanted:] if _is_asked(other, moment)})


def replay(samples: Iterable[Sample], *, now: datetime, rng: random.Random) -> None:
    """Record what these answered at `now`, through the product's own recording."""
    for portion in chunks(list(samples)):
        claim = new_id()
        by_secret = {sample.token.secret_id: sample for sample in portion}
        Secret.objects.filter(pk__in=list(by_secret)).update(claim=claim)
        results = [
            result(sample, subject=secret_id, claim=claim, at=now, rng=rng)
            for secret_id, sample in by_secret.items()
        ]
        record(results, confirm_seconds=CONFIRM_SECONDS, now=now)
