"""What pages say of mails: the next reminder, what was sent, what cannot be delivered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min

from tokens.models import Mail, MailStatus, Notice, NoticeKind, NoticeStatus, Token
from tokens.notifications.audience import administrators, audience, facts_of
from tokens.notifications.ledger import due_day
from tokens.notifications.outbox import WAITS_SINCE, not_held
from tokens.notifications.problems import PROBLEMS
from tokens.notifications.to_revoke import facts_of as to_revoke_facts
from tokens.policy.days import days_left, midnight, utc_day
from tokens.policy.exceptions import heard_again_at
from tokens.policy.reminders import ReminderFacts, is_silent, recipients
from tokens.policy.reminders import next_reminder as next_by_policy
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State


@dataclass(frozen=True, slots=True)
class NextReminder:
    """When and to whom the next reminder goes out; without a date `why_not` says why none does.

    threshold: days left it is about. A date may come with `why_not`: nobody could be told.
    """

    on: date | None = None
    threshold: int | None = None
    recipients: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as the token's page shows it. `at`: accepted by the mail server, None before."""

    kind: str
    recipient: str
    threshold: int
    occasion: str
    status: str
    queued_at: datetime
    at: datetime | None
    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """An address that the mail server refuses, since when, and how many mails wait for it."""

    recipient: str
    since: datetime
    mails: int
    problem: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """Mails that wait. `oldest`: how long the longest waits already, None where none does."""

    mails: int
    oldest: timedelta | None
    problem: str = ""


def next_reminder(token: Token, *, rules: Rules, now: datetime) -> NextReminder:
    """The reminder to come of one token (with owner and secret), or the reason why none comes."""
    if token.state == State.REPLACED.value:
        return _next_to_revoke(token, rules, now)
    if token.state != State.ACTIVE.value:
        return NextReminder(why_not=f"It is {token.state}: only active tokens are reminded of.")
    ledger = Notice.objects.filter(
        token=token, kind=NoticeKind.REMINDER.value, occasion=due_day(token.due_at)
    )
    sent = ledger.filter(status=NoticeStatus.SENT.value).aggregate(done=Min("threshold"))
    threshold, on = next_by_policy(due_at=token.due_at, done=sent["done"], rules=rules, now=now)
    facts = facts_of(token)
    if (silenced := _silenced(facts, on, now)) is not None:
        return silenced
    then = days_left(token.due_at, now) - (on - utc_day(now)).days
    told = recipients(
        owner=facts.owner,
        administrators=administrators(),
        days_left=then,
        failing=facts.failing,
    )
    why_not = "" if told else "It has no owner, and there is no administrator to tell."
    return NextReminder(on=on, threshold=threshold, recipients=told, why_not=why_not)


def _next_to_revoke(token: Token, rules: Rules, now: datetime) -> NextReminder:
    """Of a replaced token: from the end of its overlap on, until it is revoked."""
    found = to_revoke_facts(token, rules, now)
    if found is None:
        return NextReminder(why_not="Nobody knows when it was replaced.")
    facts, theirs = found
    ledger = Notice.objects.filter(
        token=token, kind=NoticeKind.NOT_REVOKED.value, occasion=due_day(facts.due_at)
    )
    sent = ledger.filter(status=NoticeStatus.SENT.value).aggregate(done=Min("threshold"))
    threshold, on = next_by_policy(due_at=facts.due_at, done=sent["done"], rules=theirs, now=now)
    if (silenced := _silenced(facts, on, now)) is not None:
        return silenced
    told = audience(NoticeKind.NOT_REVOKED, token, administrators())
    why_not = "It asks to revoke it." if told else "There is nobody to tell."
    return NextReminder(on=on, threshold=threshold, recipients=told, why_not=why_not)


def _silenced(facts: ReminderFacts, on: date, now: datetime) -> NextReminder | None:
    """What is said instead of a reminder that an exception will silence on its day."""
    then = max(now, midnight(on))
    if not is_silent(facts, then):
        return None
    left = days_left(facts.due_at, then)
    again = heard_again_at(facts.excepted, days_left=left, today=utc_day(then))
    last = utc_day(again) - timedelta(days=1)
    words = f"An exception silences its reminders until {last.day} {last:%B %Y}."
    return NextReminder(why_not=words)


def history(token: Token, *, limit: int = 200) -> list[Told]:
    """What was told of a token and what waits to be, newest first; not what was cancelled."""
    found = Notice.objects.filter(token=token).exclude(status=NoticeStatus.CANCELLED.value)
    rows = found.select_related("mail").order_by("-created_at", "-id")[:limit]
    return [_told(notice) for notice in rows]


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
    )


def undeliverable() -> list[Undeliverable]:
    """Addresses that the mail server refuses, the longest refused first."""
    rows = (
        Mail.objects.filter(status=MailStatus.REFUSED.value)
        .values("recipient")
        .annotate(since=Min("created_at"), mails=Count("id"), problem=Min("last_problem"))
        .order_by("since", "recipient")
    )
    return [
        Undeliverable(
            recipient=row["recipient"],
            since=row["since"],
            mails=row["mails"],
            problem=PROBLEMS.get(row["problem"], row["problem"]),
        )
        for row in rows
    ]


def mail_backlog(now: datetime) -> Backlog:
    """How many mails wait and how long the oldest has; refused addresses are counted apart, and
    what its reader's preferences hold back does not count."""
    waiting = Mail.objects.filter(not_held(now), status=MailStatus.QUEUED.value)
    found = waiting.aggregate(number=Count("id"), since=Min(WAITS_SINCE))
    if not found["number"]:
        return Backlog(0, None)
    problems = waiting.exclude(last_problem="").order_by("created_at")
    word = problems.values_list("last_problem", flat=True).first() or ""
    return Backlog(found["number"], now - found["since"], PROBLEMS.get(word, word))
