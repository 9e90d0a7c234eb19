"""The proof of a recorded revocation: the Accounts API refuses this value now, and did not before.

Source: shared/interfaces.md, "Revocation". It does not prove who revoked it. Only probes begun
after recording count, and a vendor incident (`held`) counts for nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tokens.policy.health import confirms
from tokens.policy.vocabulary import ACCEPTED, Outcome, Proof

#: Between `confirmed` and the 401 that allows destroying the sealed value.
DESTROY_AFTER = timedelta(hours=24)

#: Reasons why a revocation stays `claimed`.
NEVER_WORKED_HERE = "never_worked_here"
NOT_HELD = "not_held"


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What is known of one recorded revocation.

    reason: why it cannot be proved (`NEVER_WORKED_HERE`, `NOT_HELD`), else empty.
    accepted_before: this value was accepted here at some time.
    first_refused_at: the first counting 401 since recording, or since the last acceptance.
    contradicted_at: when it was found to work after all, the first time since recording or since
        it was confirmed; kept once it is confirmed later.
    """

    proof: Proof
    reason: str
    recorded_at: datetime
    accepted_before: bool
    first_refused_at: datetime | None = None
    confirmed_at: datetime | None = None
    contradicted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProofChange:
    """The facts after an answer; `destroy`: the sealed value has served its purpose."""

    facts: ProofFacts
    newly_confirmed: bool = False
    newly_contradicted: bool = False
    destroy: bool = False


def initial(*, recorded_at: datetime, accepted_before: bool, held_value: bool) -> ProofFacts:
    """The proof at the moment of recording: claimed, and for good if there is no value to ask."""
    return ProofFacts(
        proof=Proof.CLAIMED,
        reason="" if held_value else NOT_HELD,
        recorded_at=recorded_at,
        accepted_before=accepted_before,
    )


def after(
    facts: ProofFacts,
    *,
    outcome: Outcome,
    begun_at: datetime,
    at: datetime,
    confirm_seconds: int,
    held: bool,
) -> ProofChange:
    """Take in one answer about the value, asked for at `begun_at` and received at `at`."""
    if begun_at < facts.recorded_at or facts.proof is Proof.NONE or facts.reason == NOT_HELD:
        return ProofChange(facts)
    if outcome in ACCEPTED:
        return _accepted(facts, at)
    if outcome is not Outcome.UNAUTHORIZED or held:
        return ProofChange(facts)
    if facts.proof is Proof.CONFIRMED:
        ripe = facts.confirmed_at is not None and begun_at - facts.confirmed_at >= DESTROY_AFTER
        return ProofChange(facts, destroy=ripe)
    return _refused(facts, begun_at, at, confirm_seconds)


def _accepted(facts: ProofFacts, at: datetime) -> ProofChange:
    news = facts.proof is not Proof.CONTRADICTED
    works = replace(
        facts,
        proof=Proof.CONTRADICTED,
        reason="",
        accepted_before=True,
        first_refused_at=None,
        confirmed_at=None,
        contradicted_at=at if news else facts.contradicted_at,
    )
    return ProofChange(works, newly_contradicted=news)


def _refused(
    facts: ProofFacts, begun_at: datetime, at: datetime, confirm_seconds: int
) -> ProofChange:
    first = facts.first_refused_at
    # As in health.py: begin again where the clock stepped back behind the first 401.
    if first is None or at < first:
        return ProofChange(replace(facts, first_refused_at=at))
    if not confirms(first, begun_at=begun_at, confirm_seconds=confirm_seconds):
        return ProofChange(facts)
    if not facts.accepted_before:
        # A mistyped value is refused too: two 401s prove nothing about one that never worked.
        return ProofChange(replace(facts, reason=NEVER_WORKED_HERE))
    confirmed = replace(facts, proof=Proof.CONFIRMED, reason="", confirmed_at=at)
    return ProofChange(confirmed, newly_confirmed=True)
