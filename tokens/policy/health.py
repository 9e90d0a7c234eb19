"""Health is what conclusive answers say: one answer in, the new facts out.

Source: shared/interfaces.md, "Health" and "Outcomes". `failing` needs two 401s at least
`confirm_seconds` apart with nothing conclusive between them; inconclusive answers between them
neither help nor break the suspicion.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tokens.policy.vocabulary import Health, Outcome

#: Where the suspicion stands after an answer. `confirmed` is said once, by the answer that
#: turned health to failing.
Suspicion = Literal["none", "begun", "kept", "confirmed"]


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What is known of a secret. All moments are aware.

    suspect_since: when the first, not yet confirmed 401 was received.
    refused_since: when the first 401 of a confirmed refusal was received; None unless failing.
    """

    health: Health = Health.UNCHECKED
    suspect_since: datetime | None = None
    last_conclusive_at: datetime | None = None
    last_accepted_at: datetime | None = None
    refused_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HealthChange:
    """The facts after an answer, and what is news about them.

    conclusive: this answer was one; a first 401 is not, the confirming one is.
    newly_failing, recovered: health just turned to failing, or away from it.
    """

    facts: HealthFacts
    conclusive: bool
    newly_failing: bool
    recovered: bool
    suspicion: Suspicion


def after(
    facts: HealthFacts,
    *,
    outcome: Outcome,
    begun_at: datetime,
    at: datetime,
    confirm_seconds: int,
    held: bool,
) -> HealthChange:
    """Take in one answer, asked for at `begun_at` and received at `at`.

    `held`: a vendor incident is being held (see incident.py), so a 401 changes nothing at all.
    """
    if outcome is Outcome.VALID:
        return _accepted(facts, Health.VALID, at)
    if outcome is Outcome.FORBIDDEN:
        return _accepted(facts, Health.INSUFFICIENT, at)
    if outcome is Outcome.UNAUTHORIZED and not held:
        return _refused(facts, begun_at, at, confirm_seconds)
    return HealthChange(facts, False, False, False, "kept" if facts.suspect_since else "none")


def confirms(first: datetime, *, begun_at: datetime, confirm_seconds: int) -> bool:
    """Whether a 401 asked for at `begun_at` confirms one received at `first` (0: the next one).

    Measured from receiving the one to asking for the other, so the two are surely apart.
    """
    return begun_at - first >= timedelta(seconds=confirm_seconds)


def _accepted(facts: HealthFacts, health: Health, at: datetime) -> HealthChange:
    return HealthChange(
        HealthFacts(health=health, last_conclusive_at=at, last_accepted_at=at),
        conclusive=True,
        newly_failing=False,
        recovered=facts.health is Health.FAILING,
        suspicion="none",
    )


def _refused(
    facts: HealthFacts, begun_at: datetime, at: datetime, confirm_seconds: int
) -> HealthChange:
    if facts.health is Health.FAILING:
        again = replace(facts, suspect_since=None, last_conclusive_at=at)
        return HealthChange(again, True, False, False, "none")
    first = facts.suspect_since
    # A clock that stepped back leaves a suspicion in the future, which nothing could confirm for
    # as long as the step: begin again.
    if first is None or at < first:
        return HealthChange(replace(facts, suspect_since=at), False, False, False, "begun")
    if not confirms(first, begun_at=begun_at, confirm_seconds=confirm_seconds):
        return HealthChange(facts, False, False, False, "kept")
    failing = replace(
        facts,
        health=Health.FAILING,
        suspect_since=None,
        refused_since=first,
        last_conclusive_at=at,
    )
    return HealthChange(failing, True, True, False, "confirmed")
