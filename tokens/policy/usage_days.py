"""Days with use, for longer than the map of hours remembers: looked at, and seen.

Source: docs/decisions/0016-hour-maps.md; issue 3, "a sparkline per token". A day that nobody looked
at is never a day without use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tokens.policy.days import midnight, utc_day
from tokens.policy.logs import Cover
from tokens.policy.usage import HourMap

#: Days that a map remembers: a little more than the 90 that are shown.
KEPT_DAYS = 96
_MASK = (1 << KEPT_DAYS) - 1
_HOUR = timedelta(hours=1)
#: Days of which the map of hours knows every hour, today included.
_BY_HOURS = 31


@dataclass(frozen=True, slots=True)
class DayMap:
    """Bit k is the UTC day k days before `anchor`."""

    anchor: date | None = None
    looked: int = 0
    seen: int = 0

    def moved(self, anchor: date) -> "DayMap":
        """The same days counted from another one; what falls out is forgotten."""
        if self.anchor is None:
            return DayMap(anchor)
        ahead = (anchor - self.anchor).days
        if ahead < 0:
            return DayMap(anchor, self.looked >> -ahead, self.seen >> -ahead)
        ahead = min(ahead, KEPT_DAYS)
        return DayMap(anchor, (self.looked << ahead) & _MASK, (self.seen << ahead) & _MASK)

    def mark(self, day: date, seen: bool) -> "DayMap":
        """With this day looked at, and seen if it was; a later one moves the anchor."""
        if self.anchor is None or day > self.anchor:
            return self.moved(day).mark(day, seen)
        behind = (self.anchor - day).days
        if behind >= KEPT_DAYS:
            return self
        bit = 1 << behind
        return DayMap(self.anchor, self.looked | bit, self.seen | (bit if seen else 0))

    def on(self, day: date) -> tuple[bool, bool]:
        """(looked at, seen) on a day."""
        behind = KEPT_DAYS if self.anchor is None else (self.anchor - day).days
        if not 0 <= behind < KEPT_DAYS:
            return False, False
        return bool(self.looked >> behind & 1), bool(self.seen >> behind & 1)

    def to_text(self) -> tuple[str, str]:
        """Both maps in hexadecimal; the anchor is the day of the hours' anchor."""
        return f"{self.looked:x}", f"{self.seen:x}"

    @classmethod
    def from_text(cls, anchor: datetime | None, looked: str, seen: str) -> "DayMap":
        """The reverse of `to_text`; empty text is an empty map."""
        day = None if anchor is None else utc_day(anchor)
        return cls(day, int(looked or "0", 16) & _MASK, int(seen or "0", 16) & _MASK)


def looked_at(
    anchor: datetime | None, hours: tuple[str, str], days: tuple[str, str], at: datetime
) -> tuple[HourMap, DayMap]:
    """Both maps, from their texts, with the hour and the day of `at` looked at and no use seen."""
    marked = HourMap.from_text(anchor, *hours).mark(at, seen=False)
    known = DayMap.from_text(anchor, *days).mark(utc_day(at), seen=False)
    return marked, known.moved(utc_day(marked.anchor or at))


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """One UTC day, all sources together: hours looked at and seen, where hours are remembered."""

    day: date
    looked: bool
    seen: bool
    hours_looked: int = 0
    hours_seen: int = 0


def days_of_use(
    maps: Sequence[tuple[HourMap, DayMap]], cover: Cover | None, *, now: datetime, days: int
) -> list[DayOfUse]:
    """The last `days` UTC days, today last: what any source saw, and whether any could have.

    Where two sources looked, the one that says more counts, so that no hour is counted twice.
    """
    by_hours = [
        {day: (looked, seen) for day, looked, seen in hours.by_day(now, _BY_HOURS)}
        for hours, _ in maps
    ]
    today, told = utc_day(now), []
    for day in (today - timedelta(days=back) for back in reversed(range(days))):
        hours = [each[day] for each in by_hours if day in each]
        marks = [each.on(day) for _, each in maps]
        looked = max([*(each[0] for each in hours), _covered(cover, day)])
        seen = max((each[1] for each in hours), default=0)
        was_seen = bool(seen) or any(mark[1] for mark in marks)
        was_looked = was_seen or bool(looked) or any(mark[0] for mark in marks)
        told.append(DayOfUse(day, was_looked, was_seen, looked, seen))
    return told


def _covered(cover: Cover | None, day: date) -> int:
    """Hours of a day that imported logs cover; one that is begun counts."""
    if cover is None:
        return 0
    begins = max(cover.since, midnight(day))
    ends = min(cover.until, midnight(day + timedelta(days=1)))
    return -((begins - ends) // _HOUR) if ends > begins else 0
