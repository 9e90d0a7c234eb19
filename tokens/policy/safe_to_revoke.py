"""Whether a replaced token may be revoked: who has switched, who was seen using it, how sure.

Source: issue 3, "Safe to revoke". A count of calls can take a yes away and never give one: not
seen is not unused. A yes comes from people (every consumer is ticked, and nothing was seen since)
or from a source that sees each use (a whole day of the new token, and not once of the old one).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tokens.policy.logs import Cover
from tokens.policy.usage import MARGIN, WINDOW, HourMap
from tokens.policy.vocabulary import EvidenceSource

#: Seen this lately, it is in use, whoever has switched so far.
LATELY = timedelta(hours=24)
#: So long the new one has to be seen, and the old one not, where no consumer is recorded.
LIVE = timedelta(hours=24)
#: A count at a moment is of calls up to so much earlier.
COUNTED = timedelta(seconds=WINDOW + MARGIN)
#: So long after a moment the hours begin whose counts are surely of calls after it.
SETTLED = COUNTED + timedelta(hours=1)
#: Sources that see each use that they are there for; headers only count.
EXACT = (EvidenceSource.REPORT, EvidenceSource.LOG)


class Answer(StrEnum):
    """May it be revoked?"""

    STILL_USED = "still_used"
    NOT_YET = "not_yet"
    CANNOT_TELL = "cannot_tell"
    SAFE = "safe"


class Reason(StrEnum):
    """Why the answer is what it is."""

    SEEN_AFTER_SWITCH = "seen_after_switch"  # everybody is ticked: somebody else uses it
    SEEN_LATELY = "seen_lately"
    UNTICKED = "unticked"
    SHARED = "shared"  # another token has the same value, and has not been left
    MAYBE_BEFORE = "maybe_before"  # a count that may be of calls before the last tick
    ONLY_COUNTS = "only_counts"  # headers looked and found nothing, which proves nothing
    NOBODY_LOOKED = "nobody_looked"
    ALL_SWITCHED = "all_switched"
    REPORTED = "reported"
    LOGGED = "logged"


@dataclass(frozen=True, slots=True)
class Span:
    """When a source saw a token first and last."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What the answer depends on, of one replaced token.

    switches: per consumer in use when it was ticked, None where it was not.
    seen: when each source saw the old value last, before the replacement too.
    successor: when reports and logs saw the value that took its place.
    hours: looked at with usable headers, and seen. logs: what imported logs cover of the old value.
    elsewhere: another token in force has the same value, and nobody said that it was left.
    """

    replaced_at: datetime
    switches: tuple[datetime | None, ...] = ()
    seen: Mapping[EvidenceSource, datetime] = field(default_factory=dict)
    successor: Mapping[EvidenceSource, Span] = field(default_factory=dict)
    hours: HourMap = field(default_factory=HourMap)
    logs: Cover | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer with what it rests on.

    since: the moment from which on use counts: the last tick, or else the replacement. last_seen_at
    and last_seen_by: the latest use since the replacement. looked, seen, total: hours from
    `watched_from` on, whose counts are surely of calls after `since`.
    """

    answer: Answer
    reason: Reason
    since: datetime
    ticked: int
    consumers: int
    last_seen_at: datetime | None
    last_seen_by: EvidenceSource | None
    watched_from: datetime
    looked: int
    seen: int
    total: int


def judge(facts: SwitchFacts, now: datetime) -> Finding:
    """May this token be revoked at `now`?"""
    ticks = [at for at in facts.switches if at is not None]
    everybody = bool(facts.switches) and len(ticks) == len(facts.switches)
    since = max([facts.replaced_at, *ticks]) if everybody else facts.replaced_at
    if everybody:
        answer, reason = _after(facts, since)
    elif facts.switches:
        answer, reason = _lately(facts, now) or (Answer.NOT_YET, Reason.UNTICKED)
    else:
        answer, reason = _by_sources(facts, now)
    if facts.elsewhere and answer is Answer.SAFE:
        answer, reason = Answer.NOT_YET, Reason.SHARED
    source, at = _latest(facts)
    looked, seen, total = facts.hours.hours(since + SETTLED, now)
    return Finding(
        answer=answer,
        reason=reason,
        since=since,
        ticked=len(ticks),
        consumers=len(facts.switches),
        last_seen_at=at,
        last_seen_by=source,
        watched_from=since + SETTLED,
        looked=looked,
        seen=seen,
        total=total,
    )


def _after(facts: SwitchFacts, tick: datetime) -> tuple[Answer, Reason]:
    """Everybody is ticked: what was seen from then on?"""
    if any(_surely_after(source, at, tick) for source, at in facts.seen.items()):
        return Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH
    if _is_open(facts, tick):
        return Answer.CANNOT_TELL, Reason.MAYBE_BEFORE
    return Answer.SAFE, Reason.ALL_SWITCHED


def _is_open(facts: SwitchFacts, moment: datetime) -> bool:
    """Whether calls were counted that may be of before `moment`, and no later hour shows none."""
    counted = facts.seen.get(EvidenceSource.HEADERS)
    if counted is None or counted <= moment:
        return False
    return facts.hours.anchor is None or facts.hours.anchor <= counted


def _surely_after(source: EvidenceSource, at: datetime, moment: datetime) -> bool:
    """Whether the use itself lies after `moment`: a count is of calls of the hour before it."""
    return (at if source in EXACT else at - COUNTED) > moment


def _lately(facts: SwitchFacts, now: datetime) -> tuple[Answer, Reason] | None:
    _, at = _latest(facts)
    if at is not None and now - at < LATELY:
        return Answer.STILL_USED, Reason.SEEN_LATELY
    return None


def _by_sources(facts: SwitchFacts, now: datetime) -> tuple[Answer, Reason]:
    """Nobody recorded a consumer: what do the sources say alone?"""
    used = _lately(facts, now)
    if used is not None:
        return used
    quiet = max([facts.replaced_at, *facts.seen.values()])
    if _live(facts.successor.get(EvidenceSource.REPORT), quiet):
        return Answer.SAFE, Reason.REPORTED
    if facts.logs is not None and _logged(facts, max(quiet, facts.logs.since), facts.logs.until):
        return Answer.SAFE, Reason.LOGGED
    if _is_open(facts, facts.replaced_at):
        return Answer.CANNOT_TELL, Reason.MAYBE_BEFORE
    looked = facts.hours.hours(facts.replaced_at + SETTLED, now)[0]
    return Answer.CANNOT_TELL, Reason.ONLY_COUNTS if looked else Reason.NOBODY_LOOKED


def _live(new: Span | None, quiet: datetime) -> bool:
    """The new one was seen at both ends of a whole day in which the old one was not seen."""
    return new is not None and new.last - max(new.first, quiet) >= LIVE


def _logged(facts: SwitchFacts, quiet: datetime, until: datetime) -> bool:
    """The same of logs, for as long as they would have shown the old one too."""
    new = facts.successor.get(EvidenceSource.LOG)
    return new is not None and _live(Span(new.first, min(new.last, until)), quiet)


def _latest(facts: SwitchFacts) -> tuple[EvidenceSource | None, datetime | None]:
    """The latest use since the replacement; a count that may be older is none."""
    found = [
        (at, source)
        for source, at in facts.seen.items()
        if _surely_after(source, at, facts.replaced_at)
    ]
    if not found:
        return None, None
    at, source = max(found)
    return source, at
