"""Requests of the two-person rule in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import Approval
from tokens.policy.two_people import COLLECTED, Kind, Outcome, Rule
from tokens.services.two_people import rule_in_force
from tokens.web.words import Tag

#: The words of a tag, its tone, and the heading of the request's page.
STANDING: dict[Outcome, tuple[str, str, str]] = {
    Outcome.ASKED: ("waits for approval", "blue", "It waits for another person."),
    Outcome.APPROVED: ("approved", "ok", "It was approved."),
    Outcome.COLLECTED: ("collected", "ok", "The key was approved and collected."),
    Outcome.REFUSED: ("refused", "grey", "It was refused."),
    Outcome.WITHDRAWN: ("withdrawn", "grey", "It was withdrawn."),
    Outcome.LAPSED: ("lapsed", "grey", "Its time passed."),
    Outcome.OVERTAKEN: ("done meanwhile", "grey", "It was done meanwhile."),
}
_READY = ("approved, to be collected", "blue", "It was approved. Whoever asked may collect it.")
KIND_WORDS: dict[Kind, str] = {
    Kind.REVOCATION: "Record a revocation",
    Kind.REVOCATIONS: "Record several revocations",
    Kind.API_KEY: "Make an API key",
    Kind.USAGE_KEY: "Make a key for reporting use",
}
RULE_WORDS: dict[Rule, str] = {
    Rule.REVOCATION: "recording a revocation",
    Rule.KEYS: "making a key",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One request as lists show it."""

    approval: Approval
    tag: Tag
    kind: str


def line(one: Approval, now: datetime) -> Line:
    words, tone, _ = standing_words(one, now)
    return Line(one, Tag(words, tone), KIND_WORDS[Kind(one.kind)])


def standing_words(one: Approval, now: datetime) -> tuple[str, str, str]:
    """Tag, tone and heading of where it stands."""
    stands = one.stands(now)
    if stands is Outcome.APPROVED and Kind(one.kind) in COLLECTED:
        return _READY
    return STANDING[stands]


def rule_words() -> str:
    """What needs two people here, as the end of a sentence; exceptions always do."""
    named = [RULE_WORDS[rule] for rule in Rule if rule in rule_in_force()]
    if not named:
        return "exceptions"
    return ", ".join(named) + " and exceptions"
