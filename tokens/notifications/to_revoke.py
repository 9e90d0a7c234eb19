"""Reminders of replaced tokens that are still in force: the ledger's decisions, and the words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tokens.models import Notice, NoticeKind, NoticeStatus, Token
from tokens.notifications import wording
from tokens.notifications.audience import silent_of
from tokens.notifications.ledger import Decision, Told, decide, due_day, still_true
from tokens.notifications.letters import Item, Letter, Section, reminder_letter, token_url
from tokens.notifications.messages import SUBJECT_LENGTH, one_line
from tokens.policy.days import utc_day
from tokens.policy.exceptions import for_every_reminder
from tokens.policy.not_revoked import as_reminder, revoke_by
from tokens.policy.reminders import ReminderFacts
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag, Health, State


def facts_of(token: Token, rules: Rules, now: datetime) -> tuple[ReminderFacts, Rules] | None:
    """What the rules ask of a token (with its owner); None where it was never replaced."""
    if token.replaced_at is None:
        return None
    facts, own = as_reminder(
        state=State(token.state),
        replaced_at=token.replaced_at,
        owner=token.owner.email.lower() if token.owner else None,
        rules=rules,
        now=now,
    )
    silent = for_every_reminder(silent_of(token), Flag.NOT_REVOKED)
    return replace(facts, excepted=silent), own


def decide_to_revoke(
    token: Token, told: Sequence[Told], administrators: Sequence[str], rules: Rules, now: datetime
) -> Decision:
    """What one token needs at `now`, by the same ledger as a reminder to rotate."""
    facts = facts_of(token, rules, now)
    if facts is None:
        waiting = [each for each in told if each.status == NoticeStatus.QUEUED.value]
        return Decision(cancel=tuple(each.id for each in waiting))
    decision = decide(facts[0], told, administrators, facts[1], now)
    if facts[0].state is State.ACTIVE or token.state != State.REPLACED.value:
        return decision
    return replace(decision, look_at=facts[0].due_at)


def occasion_of(token: Token, rules: Rules) -> str:
    """The ledger's occasion: the day on which it should have been gone, as an ISO date; "" of one
    that was never replaced, which nobody is told of."""
    at = token.replaced_at
    return "" if at is None else due_day(revoke_by(at, rules))


def still_to_revoke(notice: Notice, rules: Rules, now: datetime) -> bool:
    """Whether a queued notice (with token and owner) is still true."""
    facts = None if notice.token is None else facts_of(notice.token, rules, now)
    if facts is None:
        return False
    return still_true(
        occasion=notice.occasion,
        threshold=notice.threshold,
        facts=facts[0],
        rules=facts[1],
        now=now,
    )


def whole_reminder(notices: Sequence[Notice], now: datetime) -> Letter:
    """The letter of a reminder's mail: what is to be rotated, and what is to be revoked."""
    revoke = [each for each in notices if each.kind == NoticeKind.NOT_REVOKED.value]
    rotate = [each for each in notices if each.kind != NoticeKind.NOT_REVOKED.value]
    if not revoke:
        return reminder_letter(rotate, now)
    section = _section(revoke)
    if not rotate:
        return Letter("reminder", _subject(section), (section,), revoke=True)
    letter = reminder_letter(rotate, now)
    more = f" (and {len(section.items)} to revoke)"
    subject = one_line(letter.subject, length=SUBJECT_LENGTH - len(more)) + more
    return replace(letter, subject=subject, sections=(*letter.sections, section), revoke=True)


def _subject(section: Section) -> str:
    if len(section.items) > 1:
        return section.heading
    words = f"Replaced, but not revoked: {section.items[0].name}"
    return one_line(words, length=SUBJECT_LENGTH)


def _section(notices: Sequence[Notice]) -> Section:
    """The part of a reminder that is about them, the longest replaced first."""
    tokens = [notice.token for notice in notices if notice.token is not None]
    tokens.sort(key=lambda token: (token.replaced_at, wording.title(token)))
    days = {notice.token_id: notice.occasion for notice in notices}
    items = tuple(_item(token, days[token.pk]) for token in tokens)
    return Section(f"{wording.count(len(items), 'replaced token')} to revoke", items)


def _item(token: Token, occasion: str) -> Item:
    replaced = wording.day(utc_day(token.replaced_at or token.stored_at))
    works = token.secret.health in (Health.VALID.value, Health.INSUFFICIENT.value)
    still = "Coolset still accepts it." if works else "Nobody recorded that it was revoked."
    by = wording.day(datetime.fromisoformat(occasion).date())
    return Item(
        title=wording.title(token),
        sentence=f"Replaced on {replaced}, to be gone by {by}. {still}",
        todo=(
            "See on the page below whether anything still uses it. When nothing does, revoke it "
            "in Coolset (Settings, API Tokens) and record it there."
        ),
        url=token_url(token.pk),
        name=wording.name(token),
        owner=token.owner.email if token.owner else "nobody",
        tone="amber",
    )
