"""When work of the product itself is behind, and since when: told once per outage.

Source: issue 3, "The monitor is monitored". Whoever watches dies with the machine, so a silence
counts from when the watch itself has been going on: a machine that slept over the weekend wakes up
with nothing to tell, since the next minute does what was left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Silent for longer than this: somebody has to know.
LATE = timedelta(minutes=30)
#: An outage that was told is over once the work is this close again; between the two it goes on.
OVER = timedelta(minutes=10)
#: Looks come every five minutes; after a longer pause the watch begins anew.
PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look finds. `done_at`: up to when this work is done, None: nothing waits.

    told_since: the outage that was told already, by when it began.
    """

    done_at: datetime | None
    told_since: datetime | None = None


def watching_since(
    *, since: datetime | None, last_look: datetime | None, now: datetime
) -> datetime:
    """From when on the watch has looked without a pause; `now` where it begins."""
    if since is None or last_look is None or not timedelta() <= now - last_look <= PAUSE:
        return now
    return since


def outage(seen: Seen, *, watching: datetime, now: datetime) -> datetime | None:
    """Since when the work stands still, or None where it does not (any more).

    The moment of one outage stays the same from look to look, so that it can name it.
    """
    if seen.done_at is None:
        return None
    behind = now - seen.done_at
    if seen.told_since is not None:
        return seen.told_since if behind > OVER else None
    return seen.done_at if min(behind, now - watching) > LATE else None
