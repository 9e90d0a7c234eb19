"""The sentences of our mails: dates, what is the matter, what to do next."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.utils import dateformat

from tokens.models import Token
from tokens.notifications.messages import SUBJECT_LENGTH, one_line
from tokens.notifications.troubles import Work, compromise_of, revocation_of
from tokens.policy.vocabulary import Health

#: So many groups of days are named in a subject; the rest is a number.
GROUPS = 3


def day(on: date) -> str:
    """Thursday 12 November 2026 (UTC): due days are UTC days, never shifted by a zone."""
    return f"{dateformat.format(on, 'l j F Y')} (UTC)"


def moment(at: datetime) -> str:
    """12 November 2026, 14:05 UTC."""
    return f"{dateformat.format(at.astimezone(UTC), 'j F Y, H:i')} UTC"


def count(number: int, noun: str) -> str:
    """1 token, 2 tokens."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def left(days: int) -> str:
    """What so many days left are called: 12 days overdue, due today, due in 7 days."""
    if days < 0:
        return f"{count(-days, 'day')} overdue"
    return {0: "due today", 1: "due tomorrow"}.get(days, f"due in {days} days")


def due_sentence(due: date, days: int) -> str:
    """due on Thursday 12 November 2026 (UTC), 12 days overdue."""
    words = left(days)
    return f"due on {day(due)}, {words.removeprefix('due ')}"


def title(token: Token) -> str:
    """Integration · company · environment, and the label where there is one; on one line."""
    return " · ".join(_parts(token))


def name(token: Token) -> str:
    """The same for a subject, with commas: ASCII as long as the names are."""
    return ", ".join(_parts(token))


def _parts(token: Token) -> list[str]:
    parts = [token.integration.name, token.company.name, token.environment, token.label]
    return [one_line(part) for part in parts if part]


def reminder_subject(items: Sequence[tuple[str, int]]) -> str:
    """The most urgent fact first: of one token by its name, of several by counts.

    items: (title, days left).
    """
    if len(items) == 1:
        called, days = items[0]
        words = left(days)
        return one_line(f"{words[:1].upper()}{words[1:]}: {called}", length=SUBJECT_LENGTH)
    overdue = sum(days < 0 for _, days in items)
    groups = [("overdue", overdue)] if overdue else []
    ahead = Counter(days for _, days in items if days >= 0)
    groups += [(left(days), ahead[days]) for days in sorted(ahead)]
    shown, more = groups[:GROUPS], sum(number for _, number in groups[GROUPS:])
    named = [f"{count(shown[0][1], 'token')} {shown[0][0]}"]
    named += [f"{number} {word}" for word, number in shown[1:]]
    named += [f"{more} later"] if more else []
    return ", ".join(named)


def reminder_next(token: Token, days: int) -> str:
    """What the reader should do about a token that is due."""
    if token.secret.health == Health.FAILING.value:
        return (
            "Coolset refuses it. Record its revocation if somebody revoked it, else rotate it: "
            "generate a new token in Coolset (Settings, API Tokens) and bring it in on the page "
            "below."
        )
    when = "now" if days <= 0 else f"before {'tomorrow' if days == 1 else 'that day'} is over"
    return (
        f"Rotate it {when}: generate a new token in Coolset (Settings, API Tokens), then follow "
        "the steps on the page below and revoke the old one."
    )


def remarks(token: Token) -> list[str]:
    """What else the reader has to know to act."""
    found = []
    if token.owner is None:
        found.append("Nobody owns it: name an owner, so that the right person is reminded.")
    if token.issued_at is None:
        found.append("Nobody knows when it was issued, so it is due soon after it was stored.")
    if token.secret.fingerprint is None:
        found.append("Its value is not stored here; its rotation brings the new one in.")
    return found


def failing_sentence(token: Token) -> str:
    """Since when Coolset refuses a token, and until when it worked."""
    secret = token.secret
    since = moment(secret.refused_since) if secret.refused_since else "its last check"
    if secret.last_accepted_at is None:
        return f"Coolset refuses it since {since}. It was never accepted since it was stored here."
    return f"Coolset refuses it since {since}. It worked until {moment(secret.last_accepted_at)}."


FAILING_NEXT = (
    "If somebody revoked it, record the revocation on the page below. If not, the integration is "
    "cut off: generate a new token in Coolset and rotate."
)


def compromised_sentence(token: Token) -> str:
    """Who says since when that somebody else may have the value, and why."""
    compromise = compromise_of(token.secret)
    if compromise is None:
        return "Somebody who should not have its value may have it."
    since = moment(compromise.recorded_at)
    if compromise.recorded_at < token.stored_at:  # said of another row, maybe of another company
        return (
            "Somebody who should not have its value may have it: recorded on "
            f"{since}, before it was stored here."
        )
    return (
        "Somebody who should not have its value may have it: recorded on "
        f"{since} by {compromise.by}. Reason: {compromise.reason}"
    )


COMPROMISED_NEXT = (
    "Generate a new token in Coolset, rotate, deploy it, and revoke this one in Coolset at once. "
    "The page below keeps the list of what is left to do."
)


def contradicted_sentence(token: Token) -> str:
    """That a token recorded as revoked still works."""
    revocation = revocation_of(token.secret)
    if revocation is None or revocation.contradicted_at is None:
        return "It was recorded as revoked, but it still works."
    recorded, seen = moment(revocation.recorded_at), moment(revocation.contradicted_at)
    return f"Its revocation was recorded on {recorded}, but it still works: accepted on {seen}."


CONTRADICTED_NEXT = (
    "Revoke it again in Coolset (Settings, API Tokens) and make sure that it is this one: another "
    "token may have been revoked in its place. The page below says what we saw."
)

UNREADABLE_SENTENCE = (
    "Its stored value cannot be opened with the keys of this installation, or somebody changed its "
    "row in the database."
)
UNREADABLE_NEXT = (
    "It is not checked until then. Look whether the worker has its TOKEN_KEYS, all of them, and "
    "whether somebody changed the row; otherwise rotate the token."
)
INCIDENT_NEXT = (
    "Nothing was marked as failing and no revocation was confirmed. Checks go on and the hold ends "
    "by itself. If the refusals are real, an administrator can end the hold on the first page."
)

#: Per work: title, sentence, what to do, and the page that says more.
BEHIND = {
    Work.CHECKS: (
        "Checks",
        "No check went well since {since}. What pages say of tokens may be out of date.",
        "Look at the worker: its log says why. It catches up by itself once the cause is gone.",
        "/",
    ),
    Work.MAIL: (
        "Mail",
        "Mails wait since {since}: reminders and alerts do not reach everybody.",
        "Look at the mail server. The outbox names the cause, and what waits goes out by itself.",
        "/outbox/",
    ),
}
