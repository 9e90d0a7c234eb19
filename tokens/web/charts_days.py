"""Days of use as a strip: more days than columns of hours could be told apart in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from tokens.web.charts import Sparkline, bars_of


def day_strip(days: Sequence[tuple[date, bool, bool]]) -> Sparkline:
    """Whether a day had use, oldest first: (day, looked at, seen in use); for more than a month."""
    words = [
        "seen in use" if seen else "looked at, not seen" if looked else "not looked at"
        for _, looked, seen in days
    ]
    rows = [
        (f"{day.day} {day:%b}: {said}", int(seen), "ok" if looked else "none")
        for (day, looked, seen), said in zip(days, words, strict=True)
    ]
    looked, seen = sum(day[1] for day in days), sum(day[2] for day in days)
    told = tuple(_runs([day[0] for day in days], words))
    return Sparkline(bars_of(rows, top=1), len(rows), looked, seen, told, "days")


def _runs(days: Sequence[date], words: Sequence[str]) -> Iterator[str]:
    """Equal days that follow each other, told once."""
    begin = 0
    for n, said in enumerate(words):
        if n + 1 < len(words) and words[n + 1] == said:
            continue
        first, last = days[begin], days[n]
        span = f"{first.day} {first:%b}" + (f" to {last.day} {last:%b}" if n > begin else "")
        yield f"{span}: {said}"
        begin = n + 1
