"""The one table at the end: what, ours, peer or limit, ratio, goal, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEAD = ("what", "ours", "peer or limit", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the ratio. `None` as the ratio of a line means that it could not be taken."""

    word: str
    bound: float

    def holds(self, ratio: float) -> bool:
        return ratio >= self.bound if self.word == "at least" else ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.word} {self.bound:g}"


def at_least(bound: float) -> Goal:
    return Goal("at least", bound)


def at_most(bound: float) -> Goal:
    return Goal("at most", bound)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. Without a goal it is there to be read; without a ratio it is a goal missed."""

    what: str
    ours: str
    peer: str
    ratio: float | None
    goal: Goal | None = None

    @property
    def missed(self) -> bool:
        return self.goal is not None and (self.ratio is None or not self.goal.holds(self.ratio))

    def cells(self) -> tuple[str, ...]:
        ratio = "–" if self.ratio is None else f"{self.ratio:.3g}"
        verdict = "" if self.goal is None else "MISSED" if self.missed else "ok"
        return (self.what, self.ours, self.peer, ratio, str(self.goal or ""), verdict)


def not_taken(what: str, why: str, goal: Goal | None) -> Line:
    """A figure that this machine cannot take: said in its place, and counted as missed."""
    return Line(what, why, "", None, goal)


def render(lines: Iterable[Line]) -> str:
    """The table as aligned Markdown, so that it can be pasted where it is reported."""
    rows: Sequence[tuple[str, ...]] = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    texts = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])
