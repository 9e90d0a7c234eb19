"""Evidence of use from rate-limit headers: fewer calls left than our own calls explain.

Source: shared/interfaces.md, "Evidence of use", and shared/coolset-api.md, "Rate limit". Headers
can say "seen" or "not seen in N of M hours looked at", never "unused".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tokens.policy.days import midnight, utc_day

#: The vendor's window, in seconds. Whether it is fixed or sliding is unknown.
WINDOW = 3600.0
#: A sliding window at the vendor may still count calls slightly older than ours, by clock and by
#: delay. Counting too many of our own can only hide use, never invent it.
MARGIN = 120.0

#: Hours that a map remembers: 31 days, so that 30 whole ones can always be judged.
KEPT_HOURS = 31 * 24
_MASK = (1 << KEPT_HOURS) - 1
_HOUR = timedelta(hours=1)

#: Usable headers on this many of the last `LIVE_SPAN` days make them a live source.
LIVE_DAYS = 20
LIVE_SPAN = 30


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """`X-RateLimit-*` of one answer, parsed; None stands for them where absent or nonsense.

    reset: Unix seconds.
    """

    limit: int
    remaining: int
    reset: int | None = None

    def __reduce__(self) -> tuple[type["RateHeaders"], tuple[int | None, ...]]:
        return RateHeaders, (self.limit, self.remaining, self.reset)


def own_calls(calls: Sequence[float], at: float) -> int:
    """How many of our calls (Unix seconds) the vendor may still count at `at`."""
    return len(prune(calls, at))


def prune(calls: Sequence[float], at: float) -> list[float]:
    """The calls worth remembering. Those "after" `at` stay: a clock step must not invent use."""
    return [call for call in calls if call > at - WINDOW - MARGIN]


def foreign_calls(headers: RateHeaders | None, own: int) -> int | None:
    """Calls that somebody else made with this secret in the window; None where it cannot tell.

    `own` counts every call of ours with the secret, the one just answered included.
    """
    if headers is None or headers.limit <= 0 or not 0 <= headers.remaining <= headers.limit:
        return None
    return max(0, headers.limit - headers.remaining - own)


def _hour(moment: datetime) -> datetime:
    """The UTC hour that a moment falls into."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class HourMap:
    """Which UTC hours were looked at with usable headers, and in which of them use was seen.

    Bit 0 of both is the hour of `anchor`, bit k the one k hours earlier.
    """

    anchor: datetime | None = None
    looked: int = 0
    seen: int = 0

    def mark(self, at: datetime, seen: bool) -> "HourMap":
        """With the hour of `at` looked at, and seen if it was; an hour once seen stays seen."""
        hour = _hour(at)
        if self.anchor is None:
            return HourMap(hour, 1, int(seen))
        behind = (self.anchor - hour) // _HOUR
        if behind >= KEPT_HOURS:
            # Only a clock that had run far ahead leaves such an anchor: start again.
            return HourMap(hour, 1, int(seen))
        if behind >= 0:
            bit = 1 << behind
            return HourMap(self.anchor, self.looked | bit, self.seen | (bit if seen else 0))
        ahead = min(-behind, KEPT_HOURS)
        looked, was_seen = (self.looked << ahead) & _MASK, (self.seen << ahead) & _MASK
        return HourMap(hour, looked | 1, was_seen | int(seen))

    def hours(self, since: datetime, now: datetime) -> tuple[int, int, int]:
        """(looked, seen, total) hours from that of `since` to that of `now`, both included.

        What lies before the hours a map remembers is left out of the total as well.
        """
        total = (_hour(now) - _hour(since)) // _HOUR + 1
        total = max(0, min(total, KEPT_HOURS))
        return self._count(self.looked, _hour(now), total), self._seen(_hour(now), total), total

    def by_day(self, now: datetime, days: int) -> list[tuple[date, int, int]]:
        """(UTC date, looked, seen) hours of the last `days` days, today last."""
        today = utc_day(now)
        rows = []
        for day in (today - timedelta(days=back) for back in reversed(range(days))):
            last = midnight(day) + 23 * _HOUR
            rows.append((day, self._count(self.looked, last, 24), self._seen(last, 24)))
        return rows

    def to_text(self) -> tuple[str, str]:
        """Both maps in hexadecimal, for two text columns beside the anchor."""
        return f"{self.looked:x}", f"{self.seen:x}"

    @classmethod
    def from_text(cls, anchor: datetime | None, looked: str, seen: str) -> "HourMap":
        """The reverse of `to_text`; empty text is an empty map."""
        return cls(anchor, int(looked or "0", 16) & _MASK, int(seen or "0", 16) & _MASK)

    def _seen(self, last: datetime, hours: int) -> int:
        return self._count(self.seen, last, hours)

    def _count(self, bits: int, last: datetime, hours: int) -> int:
        """Set bits among the `hours` hours that end with the hour `last`."""
        if self.anchor is None:
            return 0
        offset = (self.anchor - last) // _HOUR
        newest, oldest = max(0, offset), offset + hours
        if oldest <= newest:
            return 0
        return ((bits >> newest) & ((1 << (oldest - newest)) - 1)).bit_count()


def headers_live_until(hours: HourMap) -> datetime | None:
    """Until when "usable headers on at least 20 of the last 30 days" stays true by itself.

    That is the 20th most recent day with headers + 30 days, at midnight UTC: on the 30th day after
    it, it is no longer one of the last 30. None where there are fewer than 20 such days.
    """
    if hours.anchor is None or hours.looked.bit_count() < LIVE_DAYS:
        return None
    day, live = utc_day(hours.anchor), 0
    into_day = (hours.anchor - midnight(day)) // _HOUR + 1
    # The newest day has as many bits as it has hours so far, each one before it 24.
    rest, bits = hours.looked, into_day
    while rest:
        live += bool(rest & ((1 << bits) - 1))
        if live == LIVE_DAYS:
            return midnight(day + timedelta(days=LIVE_SPAN))
        rest, bits, day = rest >> bits, 24, day - timedelta(days=1)
    return None
