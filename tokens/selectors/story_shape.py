"""What a token's story is made of: pure data for a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Tone = Literal["red", "amber", "ok", "grey", "blue"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened. `at` is when, or when it ended; `since` when a run began.

    `what` is bold, `detail` the quiet line; `entry` is the number of its audit entry, if any.
    """

    at: datetime
    what: str
    detail: str = ""
    tone: Tone = "grey"
    since: datetime | None = None
    entry: int | None = None
