"""When a secret is checked next.

Source: shared/interfaces.md, "Policy defaults", "Health" and "Revocation"; shared/coolset-api.md,
"Rate limit": probe sparingly, never retry into a throttled token, let the minute move.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tokens.policy.revocation import DESTROY_AFTER, NEVER_WORKED_HERE, ProofFacts
from tokens.policy.usage import KEPT_HOURS, MARGIN, WINDOW
from tokens.policy.vocabulary import ACCEPTED, Environment, Outcome, Proof

PERIODS = {
    Environment.PRODUCTION: timedelta(hours=1),
    Environment.DEVELOPMENT: timedelta(days=1),
}
#: Share of the period by which a check moves either way.
JITTER = 0.1
#: After an answer that could not tell, if the period is not shorter anyway.
RETRY = timedelta(minutes=15)
#: A wait asked for by a 429 is believed between these two.
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
#: The wait after a 429 without a usable hint: the vendor's whole window.
UNHINTED_WAIT = timedelta(hours=1)
DAILY = timedelta(days=1)
SECOND = timedelta(seconds=1)
#: A replaced token is asked about so long before its window resets: counts show most of it then.
NEAREST_TO_RESET = timedelta(minutes=1)
FARTHEST_FROM_RESET = timedelta(minutes=3)
#: So long it is watched in this way: the days that counts by the hour are kept for.
WATCHED = timedelta(hours=KEPT_HOURS)
RATE_WINDOW = timedelta(seconds=WINDOW)
#: No watch asks again sooner than this, so at most a handful of times an hour.
WATCH_GAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One answer, with the facts *after* it was taken in.

    secret_key: anything that names the secret and is no secret itself (its id).
    environment: production if any row of the secret is.
    suspect_since: of its HealthFacts.
    retry_hints: moments named by `Retry-After`, the reset header and the body, as they came.
    revocation: of its recorded revocation, if any. A destroyed value has no next check at all.
    throttled_before: the answer before this one was a 429, too.
    replaced_at: when another token took its place, None where none did. reset: Unix seconds, as
    the headers of this answer name them.
    """

    secret_key: str
    environment: Environment
    outcome: Outcome
    at: datetime
    confirm_seconds: int
    suspect_since: datetime | None = None
    retry_hints: Sequence[datetime] = ()
    revocation: ProofFacts | None = None
    throttled_before: bool = False
    replaced_at: datetime | None = None
    reset: int | None = None


def next_check(occasion: Occasion) -> datetime:
    """The moment from which on the secret is due for its next check; always after `at`."""
    # A fact that a clock ahead of its time left behind must not put the check off for so long.
    moment = min(_by_facts(occasion), occasion.at + farthest(occasion.confirm_seconds))
    if occasion.outcome is Outcome.THROTTLED:
        return max(moment, occasion.at + _wait(occasion))
    return moment


def farthest(confirm_seconds: int) -> timedelta:
    """No next check is ever planned farther ahead than this: whatever is was planned by a clock
    that has been put back since."""
    slowest = max(*PERIODS.values(), DAILY, DESTROY_AFTER) * (1 + JITTER)
    return max(slowest, timedelta(seconds=confirm_seconds) + SECOND)


def _by_facts(occasion: Occasion) -> datetime:
    proof = occasion.revocation
    if proof is not None and proof.confirmed_at is not None:
        # Waiting for the 401 that allows destroying: not before it may count, then daily.
        forward = DAILY * (JITTER * _fraction(occasion))
        earliest = proof.confirmed_at + DESTROY_AFTER
        return (earliest if earliest > occasion.at else occasion.at + DAILY) + forward
    firsts = list(_open_refusals(occasion))
    if firsts:
        return _confirming(occasion, firsts)
    if occasion.outcome is Outcome.THROTTLED:
        return occasion.at
    if occasion.outcome in (Outcome.UNREACHABLE, Outcome.UNUSABLE):
        return occasion.at + min(_period(occasion), RETRY)
    watching = _before_reset(occasion)
    if watching is not None:
        return watching
    return occasion.at + _period(occasion) * (1 + JITTER * (2 * _fraction(occasion) - 1))


def _before_reset(occasion: Occasion) -> datetime | None:
    """Of a replaced token that answered with its window's end: shortly before that end.

    Where that is too near to ask again, or farther than a window, a little less than a window from
    now: whether the window is fixed or sliding is unknown, and a sliding one then shows all calls
    since this check, this check of ours among them, so that even a single one stands out. None
    where the answer named no end that makes sense, or the replacement is long ago.
    """
    replaced_at, reset = occasion.replaced_at, occasion.reset
    if occasion.outcome not in ACCEPTED or replaced_at is None or reset is None:
        return None
    seconds = reset - occasion.at.timestamp()
    if occasion.at - replaced_at > WATCHED or not 0 < seconds <= WINDOW + MARGIN:
        return None
    ahead = timedelta(seconds=seconds)
    before = NEAREST_TO_RESET + (FARTHEST_FROM_RESET - NEAREST_TO_RESET) * _fraction(occasion)
    too_near = ahead - before < WATCH_GAP
    return occasion.at + (RATE_WINDOW if too_near else min(ahead, RATE_WINDOW)) - before


def _open_refusals(occasion: Occasion) -> Iterator[datetime]:
    """First 401s that wait for a second one: of health, and of a recorded revocation."""
    if occasion.suspect_since is not None:
        yield occasion.suspect_since
    proof = occasion.revocation
    if proof is None or proof.first_refused_at is None or proof.reason == NEVER_WORKED_HERE:
        return
    if proof.proof in (Proof.CLAIMED, Proof.CONTRADICTED):
        yield proof.first_refused_at


def _confirming(occasion: Occasion, firsts: Sequence[datetime]) -> datetime:
    """The soonest moment at which a second 401 counts, a second of slack included.

    Where that has passed without a decision (a vendor incident, an answer that could not tell),
    asking again at once would hammer: wait a little instead.
    """
    wait = timedelta(seconds=occasion.confirm_seconds)
    ahead = [first + wait for first in firsts if first + wait >= occasion.at]
    if ahead:
        return min(ahead) + SECOND
    return occasion.at + min(_period(occasion), RETRY)


def _wait(occasion: Occasion) -> timedelta:
    """How long a 429 asks us to wait: the latest sane hint.

    Whoever was throttled again at the end of such a wait waits longer: a hint that does not hold
    must not turn into a call every other minute.
    """
    hints = (hint - occasion.at for hint in occasion.retry_hints)
    sane = [hint for hint in hints if timedelta(0) < hint <= LONGEST_WAIT]
    shortest = RETRY if occasion.throttled_before else SHORTEST_WAIT
    return max(max(sane), shortest) if sane else UNHINTED_WAIT


def _period(occasion: Occasion) -> timedelta:
    proof = occasion.revocation
    if proof is not None and proof.reason == NEVER_WORKED_HERE:
        return DAILY
    return PERIODS[occasion.environment]


def _fraction(occasion: Occasion) -> float:
    """A number in [0, 1) that differs from secret to secret and from check to check.

    Deterministic, so that a plan can be tested and repeated; unpredictability is not needed.
    """
    text = f"{occasion.secret_key} {occasion.at.astimezone(UTC).isoformat()}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
