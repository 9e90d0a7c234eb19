"""Exceptions in plain words: where one stands, and what it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tokens.policy.exceptions import Standing
from tokens.policy.flags import silenced
from tokens.selectors.exceptions import Listed
from tokens.selectors.facts import Row
from tokens.selectors.words import day
from tokens.web.words import FLAG_WORDS, Tag

#: The words of a tag, its tone, and the heading of the exception's page.
STANDING: dict[Standing, tuple[str, str, str]] = {
    Standing.WAITING: ("waits for approval", "blue", "It waits for a decision."),
    Standing.IN_FORCE: ("in force", "blue", "It is in force."),
    Standing.OVER: ("has ended", "amber", "It has ended."),
    Standing.CLOSED: ("closed", "grey", "It is closed."),
    Standing.REFUSED: ("refused", "grey", "It was refused."),
    Standing.WITHDRAWN: ("withdrawn", "grey", "It was withdrawn."),
    Standing.LAPSED: ("not decided in time", "grey", "Its last day passed without a decision."),
}


def silenced_words(row: Row, now: datetime) -> list[tuple[Tag, str]]:
    """What would stand out of a token but for an exception, beside what does."""
    return [
        (
            Tag(f"Excepted until {day(until, now)}", "blue"),
            f"{FLAG_WORDS[flag.value][0]}: an exception silences it until then.",
        )
        for flag, until in silenced(row.facts, row.rules, now)
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One exception as lists show it."""

    listed: Listed
    flags: tuple[Tag, ...]
    tag: Tag


def lines(found: Iterable[Listed]) -> list[Line]:
    return [line(each) for each in found]


def line(each: Listed) -> Line:
    """With the words of what it names and of where it stands."""
    words, tone, _ = STANDING[each.standing]
    tag = Tag("ends soon", "amber") if each.ends_soon else Tag(words, tone)
    return Line(each, flag_tags(each.exception.flags), tag)


def past_line(each: Listed) -> Line:
    """The same where nothing is to be done any more."""
    over = each.standing is Standing.OVER
    return Line(
        each, flag_tags(each.exception.flags), Tag("ended", "grey") if over else line(each).tag
    )


def flag_tags(flags: Iterable[str]) -> tuple[Tag, ...]:
    """The words of flags, the worst first."""
    named = set(flags)
    return tuple(Tag(*words) for flag, words in FLAG_WORDS.items() if flag in named)
