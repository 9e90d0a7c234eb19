"""All that the worker does for what comes in: forget what is over, then take up what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tokens.services.intake.ask import ask_for_starts
from tokens.services.intake.forget import forget_intake
from tokens.services.intake.store import store_starts
from tokens.services.intake.work import work_on_imports


def take_up_intake(*, clock: Callable[[], datetime]) -> int:
    """Returns how many uploads and pasted tokens were worked on."""
    forget_intake(now=clock())
    asked = ask_for_starts(clock=clock)
    return asked + store_starts(clock=clock) + work_on_imports(clock=clock)
