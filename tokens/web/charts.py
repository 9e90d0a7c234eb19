"""Geometry of the small charts, in the units of their SVG view boxes. No template does arithmetic.

Every chart is drawn with SVG attributes, since the Content-Security-Policy allows no inline style,
and carries its numbers as words, since a picture alone tells some readers nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 100.0
HEIGHT = 40.0
GAP = 1.6
COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: `label` and `count` are what it says, the rest is where it stands."""

    label: str
    count: int
    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A word under the chart at `x` per cent of its width; `anchor` is SVG's text-anchor."""

    text: str
    x: float
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Histogram:
    bars: tuple[Bar, ...]
    axis: tuple[Mark, ...]
    limit: int
    limit_x: float
    total: int


@dataclass(frozen=True, slots=True)
class AgeBar:
    """`width` is the share of the policy's days that have passed, in per cent, 100 at most."""

    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`days`, `looked` and `seen` are the denominators: days drawn, hours (or whatever `unit` says)
    looked at, and seen. told: the chart in words, one line for each day or run of equal days."""

    bars: tuple[Bar, ...]
    days: int
    looked: int
    seen: int
    told: tuple[str, ...] = ()
    unit: str = "hours"


def age_bar(days: int, *, limit: int, warn: int) -> AgeBar:
    """The bar of one token: red once overdue (day limit + 1), amber in the warning days."""
    share = min(100.0, 100 * days / limit) if limit > 0 else 100.0
    return AgeBar(round(max(share, 2.0), 1), _tone(days, limit, warn))


def age_histogram(counts: Mapping[int, int], *, limit: int, warn: int) -> Histogram:
    """Tokens by age in whole days, in twelve columns; the last one is open-ended.

    `counts` maps an age in days to how many tokens have it. A ninth of the policy's `limit` is a
    column's width, so the line that marks the limit stands three quarters along, with room behind.
    """
    step = max(1, -(-limit // 9))
    sums = [0] * COLUMNS
    for age, number in counts.items():
        sums[min(max(age, 0) // step, COLUMNS - 1)] += number
    rows = [
        (
            _span(n * step, step, last=n == COLUMNS - 1),
            sums[n],
            _column_tone(n * step, step, limit, warn),
        )
        for n in range(COLUMNS)
    ]
    axis = _axis(step, limit)
    return Histogram(bars_of(rows, top=max(sums)), axis, limit, _x(limit, step), sum(sums))


def sparkline(days: Sequence[tuple[date, int, int]]) -> Sparkline:
    """Hours with use per day, oldest first: (day, hours looked at, hours seen in use).

    A day nobody looked at is drawn as a grey stub and says so: "not looked at" is not "not used".
    """
    rows = [
        (
            f"{day.day} {day:%b}: seen in {seen} of {looked} hours"
            if looked
            else f"{day.day} {day:%b}: not looked at",
            seen,
            "ok" if looked else "none",
        )
        for day, looked, seen in days
    ]
    looked, seen = sum(day[1] for day in days), sum(day[2] for day in days)
    told = tuple(row[0] for row in rows)
    return Sparkline(bars_of(rows, top=24), len(rows), looked, seen, told)


def _tone(days: int, limit: int, warn: int) -> str:
    if days > limit:
        return "red"
    return "amber" if limit - days <= warn else "ok"


def _x(day: int, step: int) -> float:
    return round(WIDTH * day / (step * COLUMNS), 2)


def _axis(step: int, limit: int) -> tuple[Mark, ...]:
    """The thirds of the limit and the limit itself, each where its day begins; the open column."""
    days = dict.fromkeys((0, limit // 3, 2 * limit // 3, limit))
    marks = (Mark(str(day), _x(day, step), "middle" if day else "start") for day in days)
    return (*marks, Mark(f"{(COLUMNS - 1) * step}+", WIDTH, "end"))


def _span(first: int, step: int, *, last: bool) -> str:
    return f"{first} days and older" if last else f"{first} to {first + step - 1} days"


def _column_tone(first: int, step: int, limit: int, warn: int) -> str:
    """Red from the column that begins at the limit, so a column is never red for days in time."""
    if first >= limit:
        return "red"
    return "amber" if limit - (first + step - 1) <= warn else "ok"


def bars_of(rows: Sequence[tuple[str, int, str]], *, top: int) -> tuple[Bar, ...]:
    """Columns side by side, each (label, count, tone); `top` is the count of a full height."""
    if not rows:
        return ()
    room = WIDTH / len(rows)
    gap = min(GAP, room / 4)
    bars = []
    for n, (label, count, tone) in enumerate(rows):
        height = round(
            max(HEIGHT * count / max(top, 1), 1.0 if count else 0.6 if tone != "none" else 3.0), 2
        )
        bars.append(
            Bar(
                label,
                count,
                tone,
                round(n * room + gap / 2, 2),
                round(HEIGHT - height, 2),
                round(room - gap, 2),
                height,
            )
        )
    return tuple(bars)
