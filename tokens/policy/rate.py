"""How many requests a second may go to one host, whoever sends them: a bucket of turns.

The whole state is one moment, until which turns are given away; who wants some takes the next ones
and moves it on. So a store needs to keep one number and to change it in one step.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Turns of a pause are kept for so long: who was a little late makes up for it, in one go.
SAVED_SECONDS = 0.1
#: Turns taken at once: those of so long, so that taking costs little and nobody takes much ahead.
CHUNK_SECONDS = 0.2
#: Nobody has to wait longer than for so many chunks of others; a moment farther ahead was left by
#: a clock that was put back, and counts for nothing.
MOST_CHUNKS_AHEAD = 100
#: How many processes may share before some of them wait longer for their turns than claims hold.
SHARERS = 8


@dataclass(frozen=True, slots=True)
class Turns:
    """`count` requests, the first one `wait` seconds from now, the others evenly after it."""

    count: int
    wait: float
    given_until: float


def take(given_until: float | None, *, per_second: float, now: float) -> Turns:
    """The next chunk of turns. Times are seconds of one clock; `given_until` is what the one before
    left, None where there was none."""
    count = chunk(per_second)
    begins = now - SAVED_SECONDS
    if given_until is not None and given_until <= now + farthest(per_second):
        begins = max(begins, given_until)
    return Turns(count, max(0.0, begins - now), begins + count / per_second)


def chunk(per_second: float) -> int:
    return max(1, int(per_second * CHUNK_SECONDS))


def farthest(per_second: float) -> float:
    """Seconds ahead that turns may be given away."""
    return MOST_CHUNKS_AHEAD * chunk(per_second) / per_second


def share(per_second: float, *, sharers: int | None) -> float:
    """What one process keeps to that cannot ask the others; `sharers`: how many there were when
    it last could, None where it never could."""
    return per_second / max(1, SHARERS if sharers is None else sharers)


def asked_in(seconds: float, *, per_second: float) -> int:
    """How many one of SHARERS processes asks about in that time, at least."""
    return max(1, int(per_second * seconds / SHARERS))
