"""What imported logs can tell: use where they name it, silence only where they cover the time.

Source: shared/interfaces.md, "Flags" (`unused`): silence counts while logs cover the time. A log of
yesterday says nothing about the month before, so cover is one stretch without a gap.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Logs end at 23:59:59 and go on at 00:00:00: so much between two of them is no gap.
SEAM = timedelta(minutes=1)
#: Cover that ended longer ago than this is not live: nobody brings logs in any more.
FRESH = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Cover:
    """From when until when, without a gap, logs would have shown use of a value. Aware moments."""

    since: datetime
    until: datetime

    def joined(self, earlier: "Cover | None") -> "Cover":
        """What is known with this cover besides an `earlier` import's.

        One stretch where they touch; else the later of the two, since only what reaches into the
        present can tell that a token is unused now.
        """
        if earlier is None:
            return self
        first, last = sorted((earlier, self), key=lambda cover: (cover.since, cover.until))
        if last.since <= first.until + SEAM:
            return Cover(first.since, max(first.until, last.until))
        return last

    def is_live(self, *, unused_days: int, now: datetime) -> bool:
        """Whether silence in these logs is silence of the last `unused_days` days.

        The last `FRESH` may be missing: logs are brought in once a day or so.
        """
        begins = self.since <= now - timedelta(days=unused_days)
        return begins and self.until > now - FRESH
