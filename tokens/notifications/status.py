"""What pages say of mails: the next reminder, what was sent, what cannot be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, Min, QuerySet

from tokens.models import Notice, NoticeStatus, Token
from tokens.notifications.outbox import waiting_mails
from tokens.notifications.problems import PROBLEMS

#: So many of a token's notices are read at once.
LATEST = 400


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as the token's page shows it. `at`: accepted by the mail server, None before;
    `held_until`: what waits because its reader prefers to be told later."""

    kind: str
    recipient: str
    threshold: int
    occasion: str
    status: str
    queued_at: datetime
    at: datetime | None
    attempts: int
    problem: str
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Mails that wait. `oldest`: how long the longest waits already, None where none does."""

    mails: int
    oldest: timedelta | None
    problem: str = ""


def latest_notices(token: Token) -> list[Notice]:
    """A token's notices with their mails, the newest first; more than any page or due day needs."""
    return list(latest(token).select_related("mail"))


def latest(token: Token) -> QuerySet[Notice]:
    """The same to be asked together with other things, without the mails."""
    return Notice.objects.filter(token=token).order_by("-created_at", "-id")[:LATEST]


def history(
    token: Token, *, limit: int = LATEST, notices: Sequence[Notice] | None = None
) -> list[Told]:
    """What was told of a token and what waits to be, newest first; not what was cancelled.

    `notices`: its latest ones, where they were read already.
    """
    found = latest_notices(token) if notices is None else notices
    live = (each for each in found if each.status != NoticeStatus.CANCELLED.value)
    return [_told(notice) for notice in islice(live, limit)]


def _told(notice: Notice) -> Told:
    return Told(
        kind=notice.kind,
        recipient=notice.recipient,
        threshold=notice.threshold,
        occasion=notice.occasion,
        status=notice.status,
        queued_at=notice.created_at,
        at=notice.sent_at,
        attempts=notice.mail.attempts,
        problem=PROBLEMS.get(notice.mail.last_problem, notice.mail.last_problem),
        held_until=notice.mail.held_until,
    )


def mail_backlog(now: datetime) -> Backlog:
    """How many mails wait and how long the oldest has; refused addresses are counted apart, and
    what its reader's preferences hold back does not count."""
    waiting = waiting_mails(now)
    found = waiting.aggregate(number=Count("id"), since=Min("waits_since"))
    if not found["number"]:
        return Backlog(0, None)
    problems = waiting.exclude(last_problem="").order_by("created_at")
    word = problems.values_list("last_problem", flat=True).first() or ""
    return Backlog(found["number"], now - found["since"], PROBLEMS.get(word, word))
