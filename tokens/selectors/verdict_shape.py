"""What a verdict is made of: pure data for a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tokens.selectors.wrong_target import WrongTarget

Tone = Literal["red", "amber", "grey", "ok"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was recorded between the last acceptance and the first refusal."""

    at: datetime
    entry: int
    what: str
    subject: str
    actor: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`title` is what happened, `because` why we are sure, one sentence each.

    `changed` is None where the question does not arise, and empty where nothing was recorded.
    """

    tone: Tone
    title: str
    because: tuple[str, ...] = ()
    changed: tuple[Change, ...] | None = None
    wrong_targets: tuple[WrongTarget, ...] = ()
