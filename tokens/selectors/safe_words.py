"""The answer to "may it be revoked?" in plain sentences: why, when last seen, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.policy.safe_to_revoke import Answer, Finding, Reason
from tokens.policy.vocabulary import EvidenceSource
from tokens.selectors.words import ago, clock

_TONES = {
    Answer.STILL_USED: "amber",
    Answer.NOT_YET: "amber",
    Answer.CANNOT_TELL: "grey",
    Answer.SAFE: "ok",
}
_SEEN_BY = {
    EvidenceSource.REPORT: "its integration reported it",
    EvidenceSource.LOG: "an imported log names it",
    EvidenceSource.HEADERS: "Coolset counted calls that were not ours, whoever made them",
}
_ADVICE = "Record what uses it and tick each one, or let the integration report its use."
_SURE = {
    Reason.ONLY_COUNTS: "Not seen is not the same as unused: a job that runs once a month may "
    f"still need it. {_ADVICE}",
    Reason.NOBODY_LOOKED: _ADVICE,
    Reason.ALL_SWITCHED: "This rests on people’s word: whoever is missing from the list was not "
    "asked.",
    Reason.REPORTED: "This rests on reports: what does not report would not show.",
    Reason.LOGGED: "This rests on imported logs: what does not go through them would not show.",
}


@dataclass(frozen=True, slots=True)
class Words:
    """`title` is the answer, `because` what it rests on, one sentence each."""

    tone: str
    title: str
    because: tuple[str, ...]


def in_words(found: Finding, integration: str, now: datetime) -> Words:
    """The finding for a page, a command or the API."""
    because = (
        _reason(found, integration, now),
        _last_seen(found, now),
        _watched(found),
        _SURE.get(found.reason, ""),
    )
    stranger = found.reason is Reason.SEEN_AFTER_SWITCH
    return Words(
        tone="red" if stranger else _TONES[found.answer],
        title=_title(found),
        because=tuple(sentence for sentence in because if sentence),
    )


def _title(found: Finding) -> str:
    if found.reason is Reason.SEEN_AFTER_SWITCH:
        return "Still used, by something that is not on the list."
    if found.answer is Answer.STILL_USED:
        return "Still used."
    if found.reason is Reason.SHARED:
        return "Not yet: the same value is used elsewhere."
    if found.answer is Answer.NOT_YET:
        return f"Not yet: {found.ticked} of {_consumers(found.consumers)} switched."
    if found.answer is Answer.CANNOT_TELL:
        return "Nobody can tell yet whether it is still used."
    return "Safe to revoke."


def _consumers(number: int) -> str:
    return "1 consumer has" if number == 1 else f"{number} consumers have"


def _reason(found: Finding, integration: str, now: datetime) -> str:
    since = clock(found.since, now)
    if found.reason is Reason.SEEN_AFTER_SWITCH:
        return (
            f"All are ticked since {since}, and it was seen in use after that. Find out who it "
            "was, add it to the list, and tick it when it has switched."
        )
    if found.reason is Reason.SHARED:
        return "Another token has the same value, and a revocation ends that one too."
    if found.reason is Reason.MAYBE_BEFORE:
        what = "last tick" if found.consumers else "replacement"
        return f"Calls were counted that may be from before the {what} at {since}."
    if found.reason is Reason.NOBODY_LOOKED:
        return (
            "Nobody could look: no report came, no imported logs cover the time, and Coolset’s "
            "answers have not shown calls left since."
        )
    if found.reason is Reason.ALL_SWITCHED:
        return f"{_all(found.consumers)} ticked, the last one {since}, and nothing was seen since."
    if found.reason is Reason.REPORTED:
        return f"For a whole day {integration} reported the new one, and not once this one."
    if found.reason is Reason.LOGGED:
        return "For a whole day imported logs show the new one, and not once this one."
    return ""


def _all(number: int) -> str:
    if number > 2:
        return f"All {number} consumers are"
    return "The one consumer is" if number == 1 else "Both consumers are"


def _last_seen(found: Finding, now: datetime) -> str:
    if found.last_seen_at is None or found.last_seen_by is None:
        return "" if found.reason is Reason.ALL_SWITCHED else "Not seen since it was replaced."
    by = _SEEN_BY[found.last_seen_by]
    return f"Last seen in use {ago(found.last_seen_at, now)}: {by}."


def _watched(found: Finding) -> str:
    """By call count: nothing seen in N of M hours looked at."""
    if not found.looked:
        return ""
    if found.seen:
        return (
            f"By call count seen in {found.seen} of {found.looked} hours looked at; "
            f"{found.total} have passed."
        )
    return f"By call count nothing seen in {found.looked} of {found.total} hours looked at."
