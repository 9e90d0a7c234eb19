"""What exceptions name of a token, as its row has it (`Token.excepted_words`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tokens.policy.exceptions import Excepted
from tokens.policy.vocabulary import Flag

_FLAGS = {flag.value: flag for flag in Flag}


def read_excepted(words: str) -> Excepted:
    """Flags with their last days, sorted."""
    if not words:
        return ()
    pairs = (word.split(":") for word in words.split())
    return tuple(sorted((_FLAGS[flag], date.fromisoformat(until)) for flag, until in pairs))


def write_excepted(until: Mapping[str, date]) -> str:
    """The reverse: "overdue:2026-12-31 unused:2027-01-31"."""
    return " ".join(f"{flag}:{day.isoformat()}" for flag, day in sorted(until.items()))
