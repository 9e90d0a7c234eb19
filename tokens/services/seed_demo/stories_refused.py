"""Stories of tokens that Coolset refuses, or still accepts though it should not."""

from __future__ import annotations

from datetime import timedelta

from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.deck import FINANCE, Deck, connector
from tokens.services.seed_demo.shape import Revoke, Sample

MINUTE = timedelta(minutes=1)


def _wrong_one(deck: Deck) -> list[Sample]:
    """One revocation was meant and recorded, and another token stopped working."""
    old_erp, portal = connector("Old ERP sync"), connector("Supplier portal")
    company, at = deck.own_company(old_erp, portal), deck.hours_ago(3, 25)
    meant = deck.sample(deck.place(company, old_erp, scope="write"), age=140)
    meant.acts = [Revoke(at, at - 5 * MINUTE, FINANCE, "The old ERP system is switched off")]
    hit = deck.sample(deck.place(company, portal, scope="read"), age=34)
    hit.turns(at - 6 * MINUTE, Outcome.UNAUTHORIZED)
    hit.extra = [at + MINUTE, at + 7 * MINUTE]
    return [meant, hit]


def _still_works(deck: Deck) -> list[Sample]:
    old_erp = connector("Old ERP sync")
    sample = deck.sample(deck.place(deck.own_company(old_erp), old_erp), age=68)
    at = deck.day(6, 14, 20)
    sample.acts = [Revoke(at, at - 20 * MINUTE, FINANCE, "Not needed since the new ERP system")]
    return [sample]


def _never_worked_in_production(deck: Deck) -> list[Sample]:
    return [_never_worked(deck, "production")]


def _never_worked_in_development(deck: Deck) -> list[Sample]:
    return [_never_worked(deck, "development")]


def _never_worked(deck: Deck, environment: str) -> Sample:
    place = deck.place(deck.own_company(), environment=environment)
    sample = deck.sample(place, age=2)
    sample.turns(sample.stored_at, Outcome.UNAUTHORIZED)
    sample.extra = [sample.stored_at + 8 * MINUTE]
    return sample


def _nobody_recorded_it(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(deck.own_company()), age=57)
    at = deck.day(2, 13, 30)
    sample.turns(at - 2 * MINUTE, Outcome.UNAUTHORIZED)
    sample.extra = [at - 60 * MINUTE, at, at + 6 * MINUTE]
    return [sample]


def _claimed_though_it_never_worked(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(deck.own_company()), age=5)
    sample.turns(sample.stored_at, Outcome.UNAUTHORIZED)
    at = deck.day(4, 11, 20)
    sample.extra = [sample.stored_at + 8 * MINUTE, at + MINUTE, at + 8 * MINUTE]
    sample.acts = [Revoke(at, at - 5 * MINUTE, deck.person(), "Mistyped; revoked to be safe")]
    return [sample]


def _claimed_without_a_value(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(deck.own_company()), age=83)
    sample.value = None
    at = deck.day(15, 10, 20)
    sample.acts = [Revoke(at, at, deck.person(), "Found in an old script, nobody needs it")]
    return [sample]


REFUSED = (
    _wrong_one,
    _nobody_recorded_it,
    _still_works,
    _never_worked_in_production,
    _never_worked_in_development,
    _claimed_without_a_value,
    _claimed_though_it_never_worked,
)
