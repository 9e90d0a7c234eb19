"""What the ledger asks for, pure: which notices of one token to keep, cancel and add.

Source: shared/interfaces.md, "Reminders". A threshold is done for a token and due day as soon as
anybody was told (the mail server accepted the mail), whoever owns the token later. Until then it is
merely queued: a tighter threshold supersedes it, and who is told follows the token's owner of now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tokens.models import MailStatus, NoticeStatus
from tokens.policy.days import days_left, midnight, utc_day
from tokens.policy.exceptions import heard_again_at
from tokens.policy.reminders import (
    ReminderFacts,
    due_threshold,
    is_silent,
    next_reminder,
    reached,
    recipients_of,
)
from tokens.policy.settings import Rules
from tokens.policy.snooze import back_at, is_snoozed
from tokens.policy.vocabulary import State

#: A mail that is still to go out; a refused address is tried again, slowly.
UNSENT = (MailStatus.QUEUED.value, MailStatus.REFUSED.value)


@dataclass(frozen=True, slots=True)
class Told:
    """One notice of a token, with the state of the mail that carries it."""

    id: UUID
    occasion: str
    threshold: int
    recipient: str
    status: str
    mail_status: str

    @property
    def is_waiting(self) -> bool:
        """Queued on a mail that is still to go out."""
        return self.status == NoticeStatus.QUEUED.value and self.mail_status in UNSENT


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do for one token. `look_at`: when it has to be looked at again; None: each time."""

    threshold: int | None = None
    cancel: tuple[UUID, ...] = ()
    add: tuple[str, ...] = ()
    skipped: bool = False
    look_at: datetime | None = None


def due_day(due_at: datetime) -> str:
    """A reminder's occasion: the due day as an ISO date."""
    return utc_day(due_at).isoformat()


def still_true(
    *, occasion: str, threshold: int, facts: ReminderFacts, rules: Rules, now: datetime
) -> bool:
    """Whether a queued reminder may still be sent, apart from to whom.

    Not of a token that is no longer active, snoozed, excepted or due on another day, nor where its
    threshold is not the one of today: a tighter one supersedes it, and a clock that was set back
    unmakes it.
    """
    return (
        facts.state is State.ACTIVE
        and not is_snoozed(facts.snoozed_until, utc_day(now))
        and not is_silent(facts, now)
        and occasion == due_day(facts.due_at)
        and threshold == reached(days_left(facts.due_at, now), rules)
    )


def decide(
    facts: ReminderFacts,
    told: Sequence[Told],
    administrators: Sequence[str],
    rules: Rules,
    now: datetime,
) -> Decision:
    """What one token's reminders need at `now`; `facts.done` is taken from the ledger."""
    entitled = recipients_of(facts, administrators, now)
    today = [each for each in told if each.occasion == due_day(facts.due_at)]
    kept = [
        each
        for each in today
        if each.is_waiting
        and each.recipient in entitled
        and still_true(
            occasion=each.occasion, threshold=each.threshold, facts=facts, rules=rules, now=now
        )
    ]
    keep = {each.id for each in kept}
    queued = [each for each in told if each.status == NoticeStatus.QUEUED.value]
    cancel = tuple(each.id for each in queued if each.id not in keep)
    if facts.state is not State.ACTIVE:
        return Decision(cancel=cancel)
    if facts.snoozed_until is not None and is_snoozed(facts.snoozed_until, utc_day(now)):
        return Decision(cancel=cancel, look_at=back_at(facts.snoozed_until))
    if is_silent(facts, now):
        left = days_left(facts.due_at, now)
        again = heard_again_at(facts.excepted, days_left=left, today=utc_day(now))
        return Decision(cancel=cancel, look_at=again)
    return replace(_wanted(facts, today, kept, entitled, rules, now), cancel=cancel)


def _wanted(
    facts: ReminderFacts,
    today: Sequence[Told],
    kept: Sequence[Told],
    entitled: Sequence[str],
    rules: Rules,
    now: datetime,
) -> Decision:
    sent = [each for each in today if each.status == NoticeStatus.SENT.value]
    done = min((each.threshold for each in sent), default=None)
    threshold = due_threshold(replace(facts, done=done), rules, now)
    if threshold is None and _lost_its_reader(today, kept, done):
        threshold = done
    if threshold is None:
        return Decision(look_at=_look_at(facts, done, rules, now))
    told = {each.recipient for each in [*sent, *kept] if each.threshold == threshold}
    add = tuple(address for address in entitled if address not in told)
    if not told and not add:
        return Decision(threshold=threshold, skipped=True)
    return Decision(threshold=threshold, add=add, look_at=_look_at(facts, threshold, rules, now))


def _lost_its_reader(today: Sequence[Told], kept: Sequence[Told], done: int | None) -> bool:
    """Others were told, but one who was not has been displaced (an owner with a dead address)."""
    keep = {each.id for each in kept}
    return any(
        each.status == NoticeStatus.QUEUED.value and each.threshold == done and each.id not in keep
        for each in today
    )


def _look_at(facts: ReminderFacts, done: int | None, rules: Rules, now: datetime) -> datetime:
    _, day = next_reminder(due_at=facts.due_at, done=done, rules=rules, now=now)
    return midnight(day)
