"""Stories of what may stay as it is for a while: asked for, in force, about to end, ended."""

from __future__ import annotations

from datetime import timedelta

from tokens.policy.days import utc_day
from tokens.services.seed_demo.deck import FINANCE, Deck, connector
from tokens.services.seed_demo.names import DOMAIN
from tokens.services.seed_demo.shape import Except, Sample

SECURITY = f"security@{DOMAIN}"


def _excepted(
    deck: Deck, sample: Sample, *, flags: tuple[str, ...], reason: str, ago: int, ends: int
) -> list[Sample]:
    """Asked for so many days ago, approved an hour later, through the day `ends` days from now."""
    sample.acts = [
        Except(
            at=deck.day(ago, 10, 40),
            by=FINANCE,
            flags=flags,
            reason=reason,
            ends_on=utc_day(deck.now) + timedelta(days=ends),
            approved_by=SECURITY,
        )
    ]
    return [sample]


def _has_ended(deck: Deck) -> list[Sample]:
    """What it allowed is still so: the flag is back."""
    sample = deck.sample(deck.place(connector=connector("BI warehouse")), age=97)
    reason = "The warehouse is moved to another host until then; its token goes with it"
    flags = ("expiring", "overdue")
    return _excepted(deck, sample, flags=flags, reason=reason, ago=12, ends=-2)


def _waits(deck: Deck) -> list[Sample]:
    """Nobody has decided yet."""
    sample = deck.sample(deck.place(connector=connector("Customs export")), age=94)
    sample.acts = [
        Except(
            at=deck.hours_ago(20, 15),
            by=FINANCE,
            flags=("overdue",),
            reason="The customs office accepts a new token in its next release alone",
            ends_on=utc_day(deck.now) + timedelta(days=24),
        )
    ]
    return [sample]


def _ends_soon(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(), age=93)
    reason = "Nobody may restart the service before the audit is over"
    flags = ("expiring", "overdue")
    return _excepted(deck, sample, flags=flags, reason=reason, ago=9, ends=5)


def _in_force(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(environment="development"), age=25)
    sample.owner = ""
    reason = "The team is put together anew; its lead names an owner in spring"
    return _excepted(deck, sample, flags=("ownerless",), reason=reason, ago=15, ends=70)


EXCEPTED = (_has_ended, _waits, _ends_soon, _in_force)
