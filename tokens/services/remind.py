"""Planning reminders: which tokens are due for one, and for whom; written as ledger and outbox.

One planner runs at a time (the pulse's row is the lock), in one transaction, so that two beats make
the mails of one. Only tokens whose next threshold has come are read, by an index.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from tokens.models import Notice, NoticeKind, NoticeStatus, Pulse, Token
from tokens.models.bulk import update_each
from tokens.notifications import outbox
from tokens.notifications.audience import facts_of
from tokens.notifications.ledger import Decision, Told, decide
from tokens.notifications.overseers import Overseers, overseers
from tokens.notifications.planning import write_reminders
from tokens.policy.book import Book, InForce, book_of
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks
from tokens.services.hold import hold_back, somebody_is_early
from tokens.services.policy_in_force import rules_in_force
from tokens.services.remind_to_revoke import decide_about_replaced

#: Beat sends from this hour on (shared/interfaces.md, "Reminders").
OPENS_AT = time(7)

#: Columns of a token's second contact.
SECOND_CONTACT = tuple(
    f"integration__second_contact{column}"
    for column in ("", "__email", "__leaving_on", "__left_on")
)
REMINDER = NoticeKind.REMINDER.value
ACTIVE = State.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run of the planner did. `due`: reminders queued anew, one per token and recipient;
    `cancelled`: queued ones that are no longer true; `skipped`: tokens with nobody to tell."""

    due: int
    cancelled: int
    skipped: int


@dataclass(slots=True)
class _Work:
    """Decisions of one run, gathered before anything is written."""

    add: dict[str, list[tuple[UUID, str, int]]] = field(default_factory=lambda: defaultdict(list))
    cancel: list[UUID] = field(default_factory=list)
    look: list[Token] = field(default_factory=list)
    skipped: int = 0

    def take(self, token: Token, day: str, decision: Decision) -> None:
        self.cancel.extend(decision.cancel)
        self.skipped += decision.skipped
        if decision.threshold is not None:
            for address in decision.add:
                self.add[address].append((token.pk, day, decision.threshold))
        if token.remind_at != decision.look_at:
            token.remind_at = decision.look_at
            self.look.append(token)


def is_open(now: datetime) -> bool:
    """Whether beat may send reminders at this hour."""
    return now >= midnight(utc_day(now)) + timedelta(hours=OPENS_AT.hour)


def remind_if_open_hours(*, now: datetime) -> Planned | None:
    """What beat runs every few minutes: plan from 07:00 UTC on, or from 07:00 of somebody's own
    zone on; None before."""
    return plan_reminders(now=now) if is_open(now) or somebody_is_early(now) else None


def plan_reminders(*, now: datetime, rules: InForce | None = None) -> Planned:
    """Queue what is due at `now`, cancel what is no longer true. Twice is the same as once."""
    book = rules_in_force() if rules is None else book_of(rules)
    with transaction.atomic():
        Pulse.objects.update_or_create(name="remind", defaults={"at": now})
        outbox.lock_unsent(NoticeKind.REMINDER)
        _set_first_look(book, now)
        told = overseers()
        rotate, revoke = _Work(), _Work()
        for ids in chunks(_to_look_at(now)):
            _decide_for(ids, rotate, told, book, now)
        decide_about_replaced(revoke.take, told, book, now)
        return _write(rotate, revoke, now)


def _set_first_look(book: Book, now: datetime) -> None:
    """Tokens whose first threshold is still to come need only a date: a statement per policy."""
    fresh = Token.objects.filter(state=ACTIVE, remind_at__isnull=True)
    if not fresh.exists():
        return
    for first, theirs in _by_first_threshold(book).items():
        days = timedelta(days=first)
        coming = fresh.filter(theirs, due_at__gt=midnight(utc_day(now)) + days)
        coming.update(remind_at=F("due_at") - days)


def _by_first_threshold(book: Book) -> dict[int, Q]:
    """How many days ahead reminders begin, and the tokens whose policy begins with them then."""
    policies: dict[int, list[int]] = {_first(book.base): []}
    for one in book.others:
        policies.setdefault(_first(one.rules), []).append(one.id)
    found = {first: Q(policy__in=ids) for first, ids in policies.items()}
    elsewhere = [one.id for one in book.others if _first(one.rules) != _first(book.base)]
    found[_first(book.base)] = Q(policy__isnull=True) | ~Q(policy__in=elsewhere)
    return found if elsewhere else {_first(book.base): Q()}


def _first(rules: Rules) -> int:
    return max(rules.thresholds, default=0)


def _to_look_at(now: datetime) -> list[UUID]:
    """Tokens whose next threshold has come, and those with a reminder that still waits."""
    active = Token.objects.filter(state=ACTIVE)
    waiting = Notice.objects.filter(kind=REMINDER, status=NoticeStatus.QUEUED.value)
    # Apart, because SQLite walks all active tokens for an "or".
    return sorted(
        {
            *active.filter(remind_at__isnull=True).values_list("pk", flat=True),
            *active.filter(remind_at__lte=now).values_list("pk", flat=True),
            *waiting.exclude(token=None).values_list("token_id", flat=True),
        }
    )


def _decide_for(
    ids: Sequence[UUID], work: _Work, overseers: Overseers, book: Book, now: datetime
) -> None:
    told = _told(ids)
    tokens = Token.objects.filter(pk__in=ids).select_related(
        "owner", "secret", "integration__second_contact"
    )
    only = (
        "state", "due_at", "remind_at", "owner__email", "owner__leaving_on", "owner__left_on",
        "secret__health", "company", "policy", "snoozed_until", "excepted_words", *SECOND_CONTACT,
    )  # fmt: skip
    for token in tokens.only(*only):
        facts = facts_of(token)
        rules = book.of(token.policy_id)
        above = overseers.of(token.company_id)
        decision = decide(facts, told.get(token.pk, ()), above, rules, now)
        work.take(token, utc_day(token.due_at).isoformat(), decision)


def _told(ids: Sequence[UUID]) -> Mapping[UUID, list[Told]]:
    rows = Notice.objects.filter(kind=REMINDER, token_id__in=ids).values_list(
        "token_id", "id", "occasion", "threshold", "recipient", "status", "mail__status"
    )
    by_token: dict[UUID, list[Told]] = defaultdict(list)
    for token_id, *told in rows:
        by_token[token_id].append(Told(*told))
    return by_token


def _write(rotate: _Work, revoke: _Work, now: datetime) -> Planned:
    cancel = [*rotate.cancel, *revoke.cancel]
    for ids in chunks(cancel):
        queued = Notice.objects.filter(pk__in=ids, status=NoticeStatus.QUEUED.value)
        queued.update(status=NoticeStatus.CANCELLED.value)
    due = sum(
        write_reminders(address, rotate.add.get(address, ()), revoke.add.get(address, ()), now=now)
        for address in sorted({*rotate.add, *revoke.add})
    )
    update_each(Token, rotate.look, ["remind_at"])
    update_each(Token, revoke.look, ["remind_at"])
    if cancel:
        outbox.drop_empty()
    hold_back(now=now)
    skipped = rotate.skipped + revoke.skipped
    return Planned(due=due, cancelled=len(cancel), skipped=skipped)
