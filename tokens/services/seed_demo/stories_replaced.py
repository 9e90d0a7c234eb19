"""Stories of tokens that were replaced: in the overlap, forgotten, revoked and proved."""

from __future__ import annotations

from datetime import datetime, timedelta

from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.deck import Deck, connector
from tokens.services.seed_demo.names import Connector
from tokens.services.seed_demo.shape import Consume, Revoke, Rotate, Sample

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _rotated(
    deck: Deck,
    at: datetime,
    *,
    age: int,
    through: Connector | None = None,
) -> tuple[Sample, Sample]:
    """The old token and the one that took its place at that moment."""
    theirs = (through,) if through else ()
    old = deck.sample(deck.place(deck.own_company(*theirs), through), age=age)
    new = Sample(
        old.place,
        issued_at=at - 5 * MINUTE,
        stored_at=at,
        value=deck.value(old.place.environment),
        owner=old.owner,
        created_by=deck.person(),
        seen_workspace_id=old.seen_workspace_id,
        replaces=old,
    )
    old.acts = [Rotate(at, new)]
    return old, new


def _revoke(deck: Deck, old: Sample, at: datetime) -> None:
    """Revoked in Coolset ten minutes before it is recorded, and refused twice afterwards."""
    old.acts.append(Revoke(at, at - 10 * MINUTE, deck.person(), "Replaced; nothing uses it now"))
    old.turns(at - 10 * MINUTE, Outcome.UNAUTHORIZED)
    old.extra += [at - 2 * HOUR, at + MINUTE, at + 7 * MINUTE]
    old.busy_until = at - 24 * HOUR


def _in_the_overlap(deck: Deck) -> list[Sample]:
    """All that is known has gone over, and calls are counted all the same: who is that?"""
    at = deck.hours_ago(3 * 24 + 2, 25)
    old, new = _rotated(deck, at, age=80, through=connector("Store labels"))
    old.acts += [
        Consume(at + HOUR, "Label service, north", "shop-n1", ticked_at=at + 2 * HOUR),
        Consume(at + HOUR, "Label service, south", "shop-s1", ticked_at=at + 3 * HOUR),
    ]
    old.busy_until = deck.day(1, 18, 0)
    return [old, new]


def _safe(deck: Deck) -> list[Sample]:
    """Everything has gone over, and nothing was seen since: it only has to be revoked."""
    at = deck.hours_ago(2 * 24 + 4, 25)
    old, new = _rotated(deck, at, age=86, through=connector("Certificate archive"))
    old.acts += [
        Consume(at + HOUR, "Archive stack on archive-1", "ops@", ticked_at=at + 2 * HOUR),
        Consume(at + HOUR, "Restore test, every Sunday", "archive-2", ticked_at=at + 5 * HOUR),
    ]
    old.busy_until = at + HOUR
    return [old, new]


def _not_revoked(deck: Deck) -> list[Sample]:
    at = deck.hours_ago(9 * 24 + 2, 25)
    old, new = _rotated(deck, at, age=90, through=connector("ERP sync"))
    old.acts += [
        Consume(at + HOUR, "erp-bridge on erp-1", "erp-1, restart erp-bridge", at + 2 * HOUR),
        Consume(at + HOUR, "Nightly supplier export", "cron of srv-12, ask finance IT"),
    ]
    old.busy_until = at + 6 * HOUR
    return [old, new]


def _proved(deck: Deck) -> list[Sample]:
    """Confirmed this night; its value is kept until it was refused once more a day later."""
    old, new = _rotated(deck, deck.day(6, 10, 20), age=88)
    _revoke(deck, old, deck.hours_ago(10, 25))
    return [old, new]


def _proved_and_destroyed(deck: Deck) -> list[Sample]:
    old, new = _rotated(deck, deck.day(24, 10, 20), age=98)
    at = deck.day(19, 11, 20)
    _revoke(deck, old, at)
    old.last_check = at + 25 * HOUR
    old.extra.append(old.last_check)
    return [old, new]


REPLACED = (_not_revoked, _proved_and_destroyed, _in_the_overlap, _proved)
SAFE = (_safe,)
