"""How much is measured. BENCH_SCALE=small runs every path in little time; its ratios say little."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of tokens, and how often each measurement is repeated."""

    sweep: int
    sweep_rounds: int
    celery_tasks: int
    inventory: int
    many: int
    growth: tuple[int, ...]
    #: Whether what is drawn goes into docs.
    documented: bool
    requests: int
    starts: int


FULL = Scale(
    sweep=10_000,
    sweep_rounds=3,
    celery_tasks=1_500,
    inventory=100_000,
    many=1_000_000,
    growth=(1_000, 10_000, 100_000, 1_000_000),
    documented=True,
    requests=40,
    starts=5,
)
SMALL = Scale(
    sweep=1_000,
    sweep_rounds=2,
    celery_tasks=200,
    inventory=5_000,
    many=20_000,
    growth=(200, 1_000, 2_000, 4_000),
    documented=False,
    requests=10,
    starts=1,
)


def from_environment() -> Scale:
    """Raises SystemExit for a word that is no scale."""
    word = os.environ.get("BENCH_SCALE", "full")
    if word not in {"full", "small"}:
        raise SystemExit("BENCH_SCALE is `full` or `small`.")
    return SMALL if word == "small" else FULL
