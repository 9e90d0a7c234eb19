"""Who will be told next of a token's rotation, when and why: by the rules that send it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tokens.models import Notice, NoticeKind, NoticeStatus, Token
from tokens.notifications.audience import audience, facts_of
from tokens.notifications.ledger import due_day
from tokens.notifications.overseers import overseers
from tokens.notifications.prefer import Known, last_sent, marks
from tokens.notifications.status import latest_notices
from tokens.notifications.to_revoke import facts_of as to_revoke_facts
from tokens.policy.days import days_left, midnight, utc_day
from tokens.policy.exceptions import heard_again_at
from tokens.policy.preferences import URGENT, Preference, held_until, opens_on
from tokens.policy.readers import Reader, Why
from tokens.policy.reminders import ReminderFacts, is_silent, readers_of
from tokens.policy.reminders import next_reminder as next_by_policy
from tokens.policy.settings import Rules
from tokens.policy.snooze import back_at, is_snoozed
from tokens.policy.vocabulary import State

#: Notices that wait, by reader and threshold.
_Queued = dict[tuple[str, int], Notice]


@dataclass(frozen=True, slots=True)
class ToBeTold:
    """One reader: why it is them, from when on the mail may go out to them, and what stands in its
    way. `held`: later than others, as they prefer; `refused`: why the mail server refuses them."""

    address: str
    why: Why
    mailed_from: datetime
    held: bool
    refused: str


@dataclass(frozen=True, slots=True)
class NextReminder:
    """When and to whom the next reminder goes out; without a date `why_not` says why none does.

    threshold: days left it is about. A date may come with `why_not`: nobody could be told.
    snoozed_until: the last day of the snooze in force.
    """

    on: date | None = None
    threshold: int | None = None
    readers: tuple[ToBeTold, ...] = ()
    why_not: str = ""
    snoozed_until: date | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(reader.address for reader in self.readers)


def next_reminder(
    token: Token,
    *,
    rules: Rules,
    now: datetime,
    told: Sequence[Notice] | None = None,
    known: Known | None = None,
) -> NextReminder:
    """The reminder to come of one token (with secret, owner, integration and second contact), or
    the reason why none comes. `told`: its latest notices, `known`: its readers, where both were
    read already."""
    notices = latest_notices(token) if told is None else told
    if token.state == State.REPLACED.value:
        return _next_to_revoke(token, rules, notices, now, known)
    if token.state != State.ACTIVE.value:
        return NextReminder(why_not=f"It is {token.state}: only active tokens are reminded of.")
    facts = facts_of(token)
    snoozed = facts.snoozed_until if is_snoozed(facts.snoozed_until, utc_day(now)) else None
    start = now if snoozed is None else back_at(snoozed)
    done, queued = _ledger(notices, NoticeKind.REMINDER, token.due_at)
    if snoozed is not None:
        queued = {}  # what waits is cancelled, and planned anew afterwards
    threshold, on = next_by_policy(due_at=token.due_at, done=done, rules=rules, now=start)
    if (silenced := _silenced(facts, on, start)) is not None:
        return replace(silenced, snoozed_until=snoozed)
    ready = max(start, midnight(on))
    readers = readers_of(facts, _above(token, known), ready)
    return NextReminder(
        on=on,
        threshold=threshold,
        readers=_to_be_told(readers, _Asked(threshold, threshold, ready, now, known), queued),
        why_not="" if readers else "It has no owner, and there is no administrator to tell.",
        snoozed_until=snoozed,
    )


def _next_to_revoke(
    token: Token,
    rules: Rules,
    notices: Sequence[Notice],
    now: datetime,
    known: Known | None,
) -> NextReminder:
    """Of a replaced token: from the end of its overlap on, until it is revoked."""
    found = to_revoke_facts(token, rules, now)
    if found is None:
        return NextReminder(why_not="Nobody knows when it was replaced.")
    facts, theirs = found
    done, queued = _ledger(notices, NoticeKind.NOT_REVOKED, facts.due_at)
    threshold, on = next_by_policy(due_at=facts.due_at, done=done, rules=theirs, now=now)
    if (silenced := _silenced(facts, on, now)) is not None:
        return silenced
    told = [
        Reader(each, Why.OWNER if each == facts.owner else Why.ADMINISTRATOR)
        for each in audience(NoticeKind.NOT_REVOKED, token, _above(token, known))
    ]
    asked = _Asked(threshold, URGENT, max(now, midnight(on)), now, known)
    why_not = "It asks to revoke it." if told else "There is nobody to tell."
    return NextReminder(on, threshold, _to_be_told(told, asked, queued), why_not)


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


def _ledger(
    notices: Sequence[Notice], kind: NoticeKind, due_at: datetime
) -> tuple[int | None, _Queued]:
    """The tightest threshold done, and which reader's notice waits."""
    of_day = [each for each in notices if (each.kind, each.occasion) == (kind, due_day(due_at))]
    done = [each.threshold for each in of_day if each.status == NoticeStatus.SENT.value]
    waits = {
        (each.recipient, each.threshold): each
        for each in of_day
        if each.status == NoticeStatus.QUEUED.value
    }
    return min(done, default=None), waits


@dataclass(frozen=True, slots=True)
class _Asked:
    """A threshold, how urgent its mail is, from when on it can be queued, the moment of now, and
    its readers where they were read already."""

    threshold: int
    urgency: int
    ready: datetime
    now: datetime
    known: Known | None


def _above(token: Token, known: Known | None) -> tuple[str, ...]:
    return overseers().of(token.company_id) if known is None else known.overseers


def _marks(addresses: list[str], asked: _Asked) -> Known:
    if asked.known is not None:
        return asked.known
    chosen, refused = marks(addresses)
    return Known((), chosen, refused, last_sent(chosen, now=asked.now))


def _to_be_told(told: Collection[Reader], asked: _Asked, queued: _Queued) -> tuple[ToBeTold, ...]:
    addresses = [reader.address for reader in told]
    if not addresses:
        return ()
    known = _marks(addresses, asked)
    found = []
    for reader in told:
        waits = queued.get((reader.address, asked.threshold))
        since = asked.ready if waits is None else waits.created_at
        usual = max(since, opens_on(Preference(), utc_day(since)))
        at = usual
        if reader.address in known.chosen:
            preference, sent = known.chosen[reader.address], known.sent.get(reader.address)
            at = _held(preference, asked, since, sent)
        if waits is not None and waits.mail.held_until is not None:
            at = waits.mail.held_until  # another item of the same mail may let it go earlier
        found.append(
            ToBeTold(
                address=reader.address,
                why=reader.why,
                mailed_from=at,
                held=at > max(usual, asked.now),
                refused=known.refused.get(reader.address, ""),
            )
        )
    return tuple(found)


def _held(
    preference: Preference, asked: _Asked, since: datetime, sent: datetime | None
) -> datetime:
    return held_until(
        preference, ready=since, threshold=asked.urgency, now=asked.now, last_sent=sent
    )
