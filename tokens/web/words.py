"""The product's plain words for what the database says in codes, with the tone that goes with them.

Source: shared/interfaces.md, "On pages the words are plain". Templates and views take them here, so
that a list, a page and a filter never say the same thing in two ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import NoticeKind
from tokens.notifications.status import Told
from tokens.policy.days import utc_day
from tokens.policy.exceptions import in_force
from tokens.policy.vocabulary import Flag, Health, Outcome, Proof, State
from tokens.selectors.facts import Row
from tokens.selectors.words import clock, day, days

#: In the order in which they matter; as chips above a list, and as tags.
FLAG_WORDS: dict[str, tuple[str, str]] = {
    Flag.COMPROMISED.value: ("Compromised", "red"),
    Flag.REVOCATION_CONTRADICTED.value: ("Revoked, still works!", "red"),
    Flag.FAILING.value: ("Refused, never worked here", "red"),
    Flag.UNRECORDED_REVOCATION.value: ("Stopped working, nothing recorded", "red"),
    Flag.OVERDUE.value: ("Overdue", "red"),
    Flag.COMPANY_MISMATCH.value: ("Of another company", "red"),
    Flag.NOT_REVOKED.value: ("Replaced, not revoked", "amber"),
    Flag.EXPIRING.value: ("Due soon", "amber"),
    Flag.EXCEPTION_ENDED.value: ("Exception ended", "amber"),
    Flag.INSUFFICIENT.value: ("Works, lacks permission", "amber"),
    Flag.STALE.value: ("Not checked lately", "amber"),
    Flag.SHARED.value: ("Shared", "amber"),
    Flag.MIXED_ENVIRONMENTS.value: ("Development and production", "amber"),
    Flag.CREATOR_LEFT.value: ("Creator has left", "amber"),
    Flag.PERMISSION_CHANGED.value: ("Permission lost", "amber"),
    Flag.WORKSPACE_INACTIVE.value: ("Workspace inactive", "amber"),
    Flag.OWNER_LEFT.value: ("Owner has left", "amber"),
    Flag.UNUSED.value: ("Not seen in use", "grey"),
    Flag.OWNERLESS.value: ("No owner", "grey"),
    Flag.AGE_UNKNOWN.value: ("Age unknown", "grey"),
    Flag.NOT_HELD.value: ("Not held", "grey"),
}

STATE_WORDS = {
    State.ACTIVE.value: "Active",
    State.REPLACED.value: "Replaced",
    State.REVOKED.value: "Revoked",
}
HEALTH_WORDS = {
    Health.VALID.value: "Works",
    Health.INSUFFICIENT.value: "Works, lacks permission",
    Health.FAILING.value: "Refused",
    Health.UNCHECKED.value: "Not checked yet",
}
PROOF_TAGS = {
    Proof.CONFIRMED.value: ("Revoked, confirmed", "ok"),
    Proof.CLAIMED.value: ("Revoked: recorded, not proven", "blue"),
    Proof.CONTRADICTED.value: ("Revoked, still works!", "red"),
    Proof.NONE.value: ("Revoked", "grey"),
}
EVIDENCE_WORDS = {"report": "reported", "log": "log", "headers": "call count", "": ""}
#: What a check said, in the middle of a sentence.
OUTCOME_WORDS = {
    "": "not checked yet",
    "valid": "works",
    "forbidden": "works, lacks permission",
    "unauthorized": "refused",
    "throttled": "could not check: Coolset asked us to wait",
    "unreachable": "could not check: Coolset could not be reached",
    "unusable": "could not check: the answer was not Coolset’s own",
    "unreadable": "could not check: our own copy of the value cannot be opened",
}

PROOF_WORDS = {
    Proof.CLAIMED.value: "recorded, not proven",
    Proof.CONFIRMED.value: "confirmed: Coolset refuses it",
    Proof.CONTRADICTED.value: "still works!",
    Proof.NONE.value: "not recorded",
}
ALERT_WORDS = {
    NoticeKind.COMPROMISED.value: "Alert: compromised",
    NoticeKind.FAILING.value: "Alert: Coolset refuses it",
    NoticeKind.CONTRADICTED.value: "Alert: revoked, still works",
    NoticeKind.UNREADABLE.value: "Alert: our stored copy cannot be opened",
    NoticeKind.LEAVER.value: "Alert: somebody leaves",
    NoticeKind.EXCEPTION.value: "About an exception",
    NoticeKind.APPROVAL.value: "Request for a second person",
    NoticeKind.API_KEY.value: "Alert: an API key ends soon",
    NoticeKind.REVIEW.value: "Access review waits",
    NoticeKind.CHANNEL.value: "Alert: a channel was stopped",
    NoticeKind.UNDELIVERED.value: "Alert: mails do not arrive",
}
#: By the threshold of the ledger (notifications.exceptions.Say).
EXCEPTION_MAILS = {
    0: "Exception to decide about",
    1: "Exception ends soon",
    2: "Exception has ended",
    3: "Exception decided",
}
#: What each flag means, in one sentence for the token's page.
FLAG_SENTENCES: dict[str, str] = {
    Flag.COMPROMISED.value: "Somebody who should not have its value may have it.",
    Flag.REVOCATION_CONTRADICTED.value: "Its revocation is recorded, but Coolset accepts it.",
    Flag.FAILING.value: "Coolset refused it twice and never accepted it here.",
    Flag.UNRECORDED_REVOCATION.value: "It worked, Coolset refuses it now, and nobody recorded why.",
    Flag.OVERDUE.value: "It is older than the policy allows.",
    Flag.COMPANY_MISMATCH.value: "Coolset’s answers do not name the workspace recorded here.",
    Flag.NOT_REVOKED.value: "It was replaced, and it stays in force until somebody revokes it.",
    Flag.EXPIRING.value: "The day of its rotation is near.",
    Flag.EXCEPTION_ENDED.value: "What an exception allowed until its end is still so.",
    Flag.INSUFFICIENT.value: "Coolset accepts it, but its user may not do what was asked.",
    Flag.STALE.value: "No check has brought a clear answer lately.",
    Flag.SHARED.value: "Another integration or company uses the same value.",
    Flag.MIXED_ENVIRONMENTS.value: "The same value serves production and development.",
    Flag.UNUSED.value: "A source that would see its use has seen none.",
    Flag.OWNERLESS.value: "Nobody is reminded of it but the administrators.",
    Flag.OWNER_LEFT.value: "Its owner has left; administrators are reminded too.",
    Flag.CREATOR_LEFT.value: "Who generated it has left, and its permissions were theirs.",
    Flag.PERMISSION_CHANGED.value: "Coolset accepted its calls (200) before, and now says 403.",
    Flag.WORKSPACE_INACTIVE.value: "Coolset lists the company’s workspace as inactive.",
    Flag.AGE_UNKNOWN.value: "Nobody knows when it was issued, so its age counts from storing.",
    Flag.NOT_HELD.value: "Nobody has its value, so it cannot be checked.",
}

#: Flags that the tag of the health already says.
_SAID_BY_HEALTH = {
    Flag.FAILING.value,
    Flag.INSUFFICIENT.value,
    Flag.NOT_HELD.value,
    Flag.REVOCATION_CONTRADICTED.value,
}


@dataclass(frozen=True, slots=True)
class Tag:
    """Words with their tone."""

    words: str
    tone: str


def tags(row: Row, now: datetime) -> list[Tag]:
    """What the list says of a token: its health first, then what is wrong, worst first."""
    found = [_health(row, now)]
    if row.state == State.REPLACED.value:
        found.append(Tag("Replaced", "grey"))
    for flag, (words, tone) in FLAG_WORDS.items():
        if flag in row.flags and flag not in _SAID_BY_HEALTH:
            found.append(Tag(_flag(row, flag, words), tone))
    if excepted := in_force(row.facts.excepted, utc_day(now)):
        # Nothing should look healthy by silence.
        found.append(Tag(f"Excepted until {day(min(end for _, end in excepted), now)}", "blue"))
    return found


def _health(row: Row, now: datetime) -> Tag:
    if row.state == State.REVOKED.value:
        return Tag(*PROOF_TAGS[row.revocation_proof])
    if not row.held:
        return Tag("Not held", "grey")
    if row.health == Health.FAILING.value and row.refused_since is not None:
        return Tag(f"Refused since {clock(row.refused_since, now)}", "red")
    if row.last_outcome == Outcome.UNAUTHORIZED.value:
        # One refusal proves nothing yet, whatever its health was.
        return Tag("Refused once", "amber")
    if row.health == Health.UNCHECKED.value and row.last_checked_at is not None:
        return Tag("Could not check", "grey")
    tones = {Health.VALID.value: "ok", Health.INSUFFICIENT.value: "amber"}
    return Tag(HEALTH_WORDS[row.health], tones.get(row.health, "grey"))


def _flag(row: Row, flag: str, words: str) -> str:
    if flag == Flag.OVERDUE.value:
        return f"{days(-row.days_left)} overdue"
    if flag == Flag.EXPIRING.value:
        return "Due today" if row.days_left == 0 else f"Due in {days(row.days_left)}"
    if flag == Flag.UNRECORDED_REVOCATION.value:
        return "Revocation not recorded"
    return words


def explained(row: Row) -> list[tuple[Tag, str]]:
    """Every flag that stands, with the sentence that says what it means, worst first."""
    return [
        (Tag(words, tone), FLAG_SENTENCES[flag])
        for flag, (words, tone) in FLAG_WORDS.items()
        if flag in row.flags
    ]


def mail_words(told: Told) -> str:
    """What a mail was about: a reminder by its days left, an alert by its trouble."""
    if told.kind == NoticeKind.NOT_REVOKED.value:
        late = f"{days(-told.threshold)} after the overlap" if told.threshold else "overlap is over"
        return f"Reminder to revoke it, {late}"
    if told.kind == NoticeKind.EXCEPTION.value:
        return EXCEPTION_MAILS.get(told.threshold, ALERT_WORDS[told.kind])
    if told.kind != NoticeKind.REMINDER.value:
        return ALERT_WORDS.get(told.kind, told.kind)
    if told.threshold < 0:
        return f"Reminder at {days(-told.threshold)} overdue"
    return (
        f"Reminder at {days(told.threshold)} left" if told.threshold else "Reminder, due that day"
    )


def due(row: Row) -> str:
    """How far the due day is, counted in UTC days."""
    left = row.days_left
    if left < 0:
        return f"{days(-left)} overdue"
    return "today" if left == 0 else f"in {days(left)}"
