"""The vendor-incident hold: when many tokens turn bad together, the vendor failed, not they.

Source: shared/interfaces.md, "Health". A wrong `failing` cries wolf, a wrong `confirmed` destroys
a value that still works, so 401s do not count while they fall out of the sky.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.policy.vocabulary import Outcome

#: "The same minutes": how far back other tokens' answers are looked at.
WINDOW = timedelta(minutes=10)
#: Fewer tokens that were well before say nothing about the vendor.
MINIMUM = 10
#: After an administrator ended a hold by hand (the refusals are real) none opens for this long.
REST = timedelta(hours=24)

#: Throttled is the API at work, and unreadable never reached it.
BAD = frozenset({Outcome.UNAUTHORIZED, Outcome.UNREACHABLE, Outcome.UNUSABLE})


@dataclass(frozen=True, slots=True)
class Sample:
    """The latest answer about one secret in the window.

    well_before: the last conclusive answer before the window was an acceptance.
    refusal_expected: a revocation is recorded for it, so a 401 is what we wait for.
    """

    secret_id: Hashable
    outcome: Outcome
    well_before: bool
    refusal_expected: bool

    @property
    def watched(self) -> bool:
        """Whether it can tell anything: it was well, and the vendor was really asked."""
        return self.well_before and self.outcome is not Outcome.UNREADABLE


@dataclass(frozen=True, slots=True)
class Tally:
    watched: int = 0
    bad: int = 0

    def plus(self, sample: Sample, sign: int = 1) -> "Tally":
        """With one more sample, or with one less (`sign` = -1)."""
        return Tally(self.watched + sign, self.bad + sign * (sample.outcome in BAD))


@dataclass(frozen=True, slots=True)
class Panel:
    """All samples of a window, counted once, so that each token's question costs O(1)."""

    by_secret: dict[Hashable, Sample]
    everyone: Tally
    unexpected: Tally

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> "Panel":
        """Count the samples; of several about one secret the last one stands."""
        by_secret = {sample.secret_id: sample for sample in samples if sample.watched}
        everyone = unexpected = Tally()
        for sample in by_secret.values():
            everyone = everyone.plus(sample)
            if not sample.refusal_expected:
                unexpected = unexpected.plus(sample)
        return cls(by_secret, everyone, unexpected)

    def without(self, secret_id: Hashable = None) -> Tally:
        """The tally of the *other* tokens (of all, for None).

        Tokens whose refusal is expected are left out as long as ten others remain: a company that
        goes, with 20 recorded revocations refused while 12 other tokens work, is no incident.
        With fewer than ten others everything counts, since holding too much only delays.
        """
        everyone, unexpected = self.everyone, self.unexpected
        own = self.by_secret.get(secret_id)
        if own is not None:
            everyone = everyone.plus(own, -1)
            unexpected = unexpected if own.refusal_expected else unexpected.plus(own, -1)
        return unexpected if unexpected.watched >= MINIMUM else everyone

    def incident_for(self, secret_id: Hashable) -> bool:
        """Whether a 401 of this secret must not count now."""
        return is_incident(self.without(secret_id))


def tally(samples: Iterable[Sample], *, excluding: Hashable = None) -> Tally:
    """Count the watched and the bad among all samples but the excluded secret's."""
    return Panel.of(samples).without(excluding)


def is_incident(tally: Tally) -> bool:
    """Ten or more that were well before, and more than half of them bad together."""
    return tally.watched >= MINIMUM and tally.bad * 2 > tally.watched


def is_incident_for(samples: Panel | Iterable[Sample], secret_id: Hashable) -> bool:
    """`is_incident` among the tokens other than this one; give a Panel when asking for many."""
    panel = samples if isinstance(samples, Panel) else Panel.of(samples)
    return panel.incident_for(secret_id)


def holds_on(tally: Tally) -> bool:
    """Whether an open hold stays, given the latest answers since it began.

    It stays while more than half are bad, and while there is no answer at all: no news is not
    good news, and an administrator can end it by hand.
    """
    return tally.watched == 0 or tally.bad * 2 > tally.watched


def may_open(now: datetime, last_ended_by_hand_at: datetime | None) -> bool:
    """False within `REST` of an administrator's word that the refusals are real."""
    return last_ended_by_hand_at is None or now - last_ended_by_hand_at >= REST
