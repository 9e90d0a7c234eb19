"""Geometry of a share over time, in the units of its SVG view box (see tokens.web.charts).

A day on which nobody counted breaks the line: it is never drawn through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tokens.selectors.compliance import Day
from tokens.web.charts import HEIGHT, WIDTH, Mark

#: So many days are named under the chart.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """`paths` are strokes, one per stretch of days with a share; `words` says it all to a reader
    who does not see it."""

    paths: tuple[str, ...]
    axis: tuple[Mark, ...]
    words: str


def trend(days: Sequence[Day]) -> Trend:
    """The share of each day in per cent, oldest first; at least one day."""
    last = max(1, len(days) - 1)
    paths: list[str] = []
    stretch: list[str] = []
    for place, day in enumerate(days):
        percent = day.tally.percent if day.tally is not None else None
        if percent is None:
            paths += _path(stretch)
            stretch = []
        else:
            x, y = WIDTH * place / last, HEIGHT * (1 - percent / 100)
            stretch.append(f"{x:.2f} {y:.2f}")
    return Trend((*paths, *_path(stretch)), _axis(days), _words(days))


def _path(points: Sequence[str]) -> list[str]:
    """A single day is a dot: a stroke of no length with round ends."""
    if not points:
        return []
    return [f"M{points[0]}h0.01" if len(points) == 1 else "M" + "L".join(points)]


def _axis(days: Sequence[Day]) -> tuple[Mark, ...]:
    last = len(days) - 1
    places = sorted({round(last * n / (NAMED - 1)) for n in range(NAMED)})
    anchors = {0: "start", last: "end"}
    return tuple(
        Mark(
            _short(days[place].day),
            round(WIDTH * place / max(1, last), 2),
            anchors.get(place, "middle"),
        )
        for place in places
    )


def _words(days: Sequence[Day]) -> str:
    shares = [day.tally.percent for day in days if day.tally is not None]
    known = [share for share in shares if share is not None]
    span = f"{_short(days[0].day)} to {_short(days[-1].day)}"
    if not known:
        return f"Share within policy, {span}: nothing was counted"
    ends = f"from {known[0]} to {known[-1]} per cent"
    return f"Share within policy, {span}: {ends}, lowest {min(known)}, highest {max(known)}"


def _short(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
