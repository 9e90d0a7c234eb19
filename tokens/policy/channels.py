"""What is told to channels and webhooks: topics, how severe each is, who wants what, retries.

A notice of the ledger (its kind and threshold) is told under one topic. Pure: words in, words out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """How a channel is reached: a message through apprise, or a signed request of ours."""

    MESSAGE = "message"
    WEBHOOK = "webhook"


class Severity(StrEnum):
    """How much a topic matters, the least first in `ORDER`."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


ORDER = (Severity.NOTICE, Severity.WARNING, Severity.CRITICAL)

#: The kind of a delivery that somebody asked for to try a channel.
TEST = "test"
_REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Topic:
    """`event` is the type that a webhook carries; `words` head a message."""

    event: str
    severity: Severity
    words: str


#: By the word that channels choose by. Of a notice's kind, but reminders, which are two topics.
TOPICS: dict[str, Topic] = {
    "due": Topic("token.due", Severity.NOTICE, "Due soon"),
    "overdue": Topic("token.overdue", Severity.WARNING, "Overdue"),
    "compromised": Topic("token.compromised", Severity.CRITICAL, "Compromised"),
    "contradicted": Topic(
        "token.revocation_contradicted", Severity.CRITICAL, "Recorded as revoked, but still works"
    ),
    "failing": Topic("token.failing", Severity.CRITICAL, "Refused by Coolset"),
    "not_revoked": Topic("token.not_revoked", Severity.WARNING, "Replaced, but not revoked"),
    "unreadable": Topic("token.unreadable", Severity.WARNING, "Stored value cannot be opened"),
    "incident": Topic("vendor.incident", Severity.WARNING, "Coolset is in trouble"),
    "leaver": Topic("person.leaving", Severity.WARNING, "Somebody leaves tokens behind"),
    "behind": Topic("product.behind", Severity.WARNING, "This product is behind with its work"),
    "channel": Topic("channel.stopped", Severity.WARNING, "A channel was stopped"),
    "undelivered": Topic("mail.undelivered", Severity.WARNING, "Mail does not reach somebody"),
    "api_key": Topic("api_key.ending", Severity.NOTICE, "An API key ends soon"),
    "exception": Topic("exception.ending", Severity.NOTICE, "An exception ends soon"),
}
#: Kinds that are true of one reader alone, or of those who decide: channels are not told.
PERSONAL = frozenset({"review", "approval"})
_TEST = Topic("test", Severity.CRITICAL, "Test message")


def topic_of(kind: str, threshold: int) -> str:
    """The topic's word for a notice: of a reminder by its days left, else its own kind."""
    if kind != _REMINDER:
        return kind
    return "overdue" if threshold < 0 else "due"


def topic(word: str) -> Topic:
    """What is said under this word; a kind that nobody described is told as a warning."""
    if word == TEST:
        return _TEST
    return TOPICS.get(word) or Topic(
        f"notice.{word}", Severity.WARNING, word.replace("_", " ").capitalize()
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a channel wants: these topics (none: all), from a severity on, of these places alone.

    `company` and `integration` are ids or None. What is of no token (the vendor's trouble) is told
    only where no place was chosen.
    """

    topics: Collection[str] = ()
    at_least: Severity = Severity.NOTICE
    company: object = None
    integration: object = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the token of a notice belongs."""

    company: object
    integration: object


def wants(wish: Wish, word: str, place: Place | None) -> bool:
    """Whether a channel is told of this topic at this place (None: of no token)."""
    if wish.topics and word not in wish.topics:
        return False
    if ORDER.index(topic(word).severity) < ORDER.index(wish.at_least):
        return False
    if wish.company is None and wish.integration is None:
        return True
    if place is None:
        return False
    return wish.company in {None, place.company} and wish.integration in {None, place.integration}


#: Minutes to wait after the first, second, … failed attempt; the last one stands for all later.
_BACKOFF = (1, 5, 15, 60, 120, 240, 360, 720)
#: After so long a delivery is given up, and a channel that took nothing for as long is stopped.
PATIENCE = timedelta(days=3)
#: … and tried at least so often.
LEAST_ATTEMPTS = 5
#: The receiver's own word that nobody listens there any more.
_GONE = 410
#: A signing secret that was replaced goes on signing beside the new one for so long.
OVERLAP = timedelta(hours=24)


def retry_at(attempts: int, at: datetime) -> datetime:
    """When to try again after the `attempts`-th failed attempt, which ended at `at`."""
    if attempts < 1:
        raise ValueError("nothing was attempted yet")
    return at + timedelta(minutes=_BACKOFF[min(attempts, len(_BACKOFF)) - 1])


def is_hopeless(*, begun_at: datetime, attempts: int, now: datetime) -> bool:
    """Whether a delivery that failed again has been tried for long enough, and often enough.

    Age alone does not count: while our own worker was away nothing was tried.
    """
    return attempts >= LEAST_ATTEMPTS and now - begun_at >= PATIENCE


def is_dead(
    *, failing_since: datetime | None, attempts: int, status: int | None, now: datetime
) -> bool:
    """Whether a channel is stopped: it took nothing for so long, or says that it is gone.

    `attempts`: of the delivery that it failed to take just now.
    """
    if status == _GONE:
        return True
    long = failing_since is not None and now - failing_since >= PATIENCE
    return long and attempts >= LEAST_ATTEMPTS
