"""Small panels of one line each, as SVG: how a cost grows with the number of tokens.

Both axes are logarithmic, and every panel has the same ones: a flat line costs the same however
many tokens there are, a line along the dotted diagonal costs in proportion to them. Nothing is told
by colour, and the drawing follows the reader's light or dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLUMNS = 3
SIDE, GAP, TOP = 210.0, 40.0, 46.0
#: Decades below and above the first value that a panel has room for.
BELOW = 0.5
READING = (
    "One panel for each cost, both axes logarithmic. Flat: the same at any size. Along the dotted "
    "diagonal: in proportion to the tokens. The table beside has the numbers."
)
STYLE = """
    svg { background: #fff; color: #1c1c1c; font: 12px system-ui, sans-serif }
    @media (prefers-color-scheme: dark) { svg { background: #14161a; color: #e8e8e8 } }
    text { fill: currentColor } .title { font-weight: 600 } .value { text-anchor: middle }
    .line { fill: none; stroke: currentColor; stroke-width: 2 } .dot { fill: currentColor }
    .frame { fill: none; stroke: currentColor; opacity: .35 }
    .even { stroke: currentColor; stroke-dasharray: 2 4; opacity: .6 }
"""


@dataclass(frozen=True, slots=True)
class Series:
    """One cost by number of tokens; None where it was not taken. `unit` stands in the title."""

    title: str
    unit: str
    values: tuple[float | None, ...]

    def words(self, place: int) -> str:
        """A value as people read it, with no more than is known."""
        value = self.values[place]
        if value is None:
            return "–"
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw(sizes: Sequence[int], series: Sequence[Series]) -> str:
    """The whole picture. At least two sizes, ascending; a first value above nought in each."""
    rows = -(-len(series) // COLUMNS)
    width, height = COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + TOP + GAP) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>Costs from {sizes[0]:,} to {sizes[-1]:,} tokens</title>",
        f"<desc>{READING}</desc>",
        f"<style>{STYLE}</style>",
    ]
    for number, one in enumerate(series):
        left = GAP + number % COLUMNS * (SIDE + GAP)
        top = TOP + number // COLUMNS * (SIDE + TOP + GAP)
        parts += [f'<g transform="translate({left:g} {top:g})">', *_panel(sizes, one), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def points(sizes: Sequence[int], one: Series) -> list[tuple[float, float, int]]:
    """Where each value that was taken stands in its panel, from its upper left: x, y, its place."""
    span = math.log10(sizes[-1] / sizes[0])
    first = next(value for value in one.values if value is not None)
    found = []
    for place, (size, value) in enumerate(zip(sizes, one.values, strict=True)):
        if value is not None:
            grown = min(max(math.log10(value / first), -BELOW), span)
            x = SIDE * math.log10(size / sizes[0]) / span
            found.append((x, SIDE * (1 - (grown + BELOW) / (span + BELOW)), place))
    return found


def _panel(sizes: Sequence[int], one: Series) -> Iterator[str]:
    unit = f" ({one.unit})" if one.unit else ""
    yield f'<text class="title" y="-24">{escape(one.title + unit)}</text>'
    yield f'<rect class="frame" width="{SIDE:g}" height="{SIDE:g}"/>'
    span = math.log10(sizes[-1] / sizes[0])
    begin = SIDE * (1 - BELOW / (span + BELOW))
    yield f'<line class="even" x1="0" y1="{begin:.1f}" x2="{SIDE:g}" y2="0"/>'
    found = points(sizes, one)
    yield f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in found)}"/>'
    for x, y, place in found:
        above = y - 8 if y > 20 else y + 18
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        yield f'<text class="value" x="{x:.1f}" y="{above:.1f}">{one.words(place)}</text>'
    for size in sizes:
        x = SIDE * math.log10(size / sizes[0]) / span
        yield f'<text class="value" x="{x:.1f}" y="{SIDE + 16:g}">{_short(size)}</text>'


def _short(size: int) -> str:
    if size >= 1_000_000:
        return f"{size / 1_000_000:g}M"
    return f"{size / 1_000:g}k" if size >= 1_000 else str(size)
