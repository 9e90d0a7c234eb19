"""Stories of people who leave, and of a workspace that was closed."""

from __future__ import annotations

from datetime import timedelta

from tokens.policy.days import utc_day
from tokens.policy.vocabulary import INACTIVE
from tokens.services.seed_demo.deck import Deck, connector
from tokens.services.seed_demo.names import DOMAIN
from tokens.services.seed_demo.shape import Leave, Sample

LEAVER, GONE = f"anna.berg@{DOMAIN}", f"tom.reed@{DOMAIN}"


def _leaves_soon(deck: Deck) -> list[Sample]:
    """Three tokens are to be reassigned before her last day."""
    samples = [
        deck.sample(deck.place(connector=connector(name)), age=age)
        for name, age in (("Data lake", 22), ("Customs export", 41), ("Audit exports", 13))
    ]
    for sample in samples:
        sample.owner = LEAVER
    last = utc_day(deck.now) + timedelta(days=18)
    samples[0].acts = [Leave(deck.hours_ago(4, 10), LEAVER, leaving_on=last)]
    return samples


def _has_left(deck: Deck) -> list[Sample]:
    """He generated one, so its permissions were his; another one he owned, and nobody does now."""
    sample = deck.sample(deck.place(connector=connector("BI warehouse")), age=52)
    sample.created_by = GONE
    at = deck.day(5, 11, 0)
    sample.acts = [Leave(at, GONE, left_on=utc_day(at))]
    left_behind = deck.sample(deck.place(environment="development"), age=29)
    left_behind.owner = GONE
    return [sample, left_behind]


def _workspace_closed(deck: Deck) -> list[Sample]:
    """Its user's list of workspaces calls the company inactive."""
    closed = deck.rng.choice([each for each in deck.companies if each.type == INACTIVE])
    sample = deck.sample(deck.place(closed), age=36)
    sample.listed = (closed, *deck.companies[:3])
    return [sample]


PEOPLE = (_leaves_soon, _has_left, _workspace_closed)
