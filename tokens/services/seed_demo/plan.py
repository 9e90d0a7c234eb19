"""The plan of the sample data: exactly so many tokens, most of them well."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tokens.policy.vocabulary import INACTIVE
from tokens.services.seed_demo.deck import Deck
from tokens.services.seed_demo.names import company_name
from tokens.services.seed_demo.policies import rotate_days
from tokens.services.seed_demo.shape import Sample, Use, Workspace
from tokens.services.seed_demo.stories import STORIES

#: All stories are told once per so many tokens.
CHAPTER = 300
#: An admin token is of a shorter policy; the stories are told with the others.
SCOPES = ("read", "read", "write", "write", "admin")
COMPANIES_PER_CHAPTER = 24
#: One company of each chapter is inactive in Coolset.
CLOSED = 22
#: So many tokens are checked every hour of two weeks, for a full map of their use.
WATCHED, WATCHED_DAYS = 6, 14


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be told; `begun` is the first day of the sample instance."""

    samples: list[Sample]
    companies: list[Workspace]
    begun: datetime
    now: datetime


def make_plan(*, count: int, seed: int, now: datetime, mint: Callable[[str], str]) -> Plan:
    """Everything but the values repeats with `seed`, `count` and `now`."""
    rng = random.Random(seed)  # noqa: S311 (sample data, no secret)
    chapters = max(1, count // CHAPTER)
    companies = [_workspace(n) for n in range(COMPANIES_PER_CHAPTER * chapters)]
    deck = Deck(rng=rng, now=now, companies=companies, mint=mint)
    samples: list[Sample] = []
    for _ in range(chapters):
        for story in STORIES:
            told = story(deck)
            if len(samples) + len(told) <= count:
                samples += told
    samples += [_ordinary(deck) for _ in range(count - len(samples))]
    _watch_closely(samples, deck)
    return Plan(samples, companies, deck.begun, now)


def _workspace(number: int) -> Workspace:
    # The ninth and the twentieth are not recorded yet: Coolset's answers propose them.
    kind = INACTIVE if number % COMPANIES_PER_CHAPTER == CLOSED else "active"
    recorded = number not in {8, 19}
    return Workspace(company_name(number), 40_120 + 37 * number, recorded, kind)


def _ordinary(deck: Deck) -> Sample:
    """A token that works. A few are due soon."""
    rng = deck.rng
    youngest = 0 if deck.now.hour >= 4 else 1
    environment = "production" if rng.random() < 0.7 else "development"
    place = deck.place(environment=environment, scope=rng.choice(SCOPES))
    due = rotate_days(place)
    soon = rng.random() < 0.03
    age = rng.randint(due - 14, due - 5) if soon else rng.randint(youngest, due - 16)
    sample = deck.sample(place, age=age)
    if sample.place.connector.reports or rng.random() < 0.35:
        sample.use = Use.HIDDEN
    return sample


def _watch_closely(samples: list[Sample], deck: Deck) -> None:
    since = deck.day(WATCHED_DAYS, 0, 0)
    fit = [
        sample
        for sample in samples[len(STORIES) :]
        if sample.use is Use.BUSY
        and sample.is_asked
        and sample.stored_at < since
        and sample.place.environment == "production"
        and not sample.acts
    ]
    for sample in fit[:WATCHED]:
        sample.hourly_since = since
