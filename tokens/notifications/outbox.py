"""The outbox: mails that are still to go out, who works on which, and how an attempt ended.

A claim is a lease: whoever holds it may send this one mail; it runs out by itself, so a killed
worker loses nothing. An attempt is counted when it is begun, so that a process that dies again and
again after handing a mail over repeats it ever more slowly, with the same Message-ID.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from tokens.models import Mail, MailStatus, Notice, NoticeKind, NoticeStatus
from tokens.models.base import new_id
from tokens.notifications.ledger import UNSENT
from tokens.notifications.messages import message_id
from tokens.policy.days import midnight, utc_day
from tokens.policy.preferences import OPENS_AT
from tokens.policy.reminders import retry_at

CLAIM_FOR = timedelta(seconds=60)
#: An address that the server refused for good is tried again so late: people repair mailboxes.
REFUSED_AGAIN = timedelta(hours=24)
#: No attempt is ever put off for longer: what is was put off by a clock that was put back since.
#: Claims are another matter: whoever holds one may be sending, and nobody is told twice.
FARTHEST = REFUSED_AGAIN + timedelta(hours=1)

REMINDERS = frozenset({NoticeKind.REMINDER})
ALERTS = frozenset(NoticeKind) - REMINDERS


@dataclass(frozen=True, slots=True)
class Which:
    """Mails of these kinds; `early`: also reminders that their reader wants before 07:00 UTC."""

    kinds: Collection[NoticeKind]
    ignore_backoff: bool = False
    early: bool = False


def waiting_mails(now: datetime) -> QuerySet[Mail]:
    """Mails that could have gone out by now and have not, with `waits_since`.

    Reminders are planned before 07:00 UTC where one reader wants them then; for all others the day
    begins at 07:00, so until then nothing of theirs waits.
    """
    midnight_today = midnight(utc_day(now))
    opening = midnight_today + timedelta(hours=OPENS_AT.hour)
    early = Q(
        kind__in=[kind.value for kind in REMINDERS],
        held_until__isnull=True,
        created_at__gte=midnight_today,
        created_at__lt=opening,
    )
    found = Mail.objects.filter(not_held(now), status=MailStatus.QUEUED.value)
    since = Case(
        When(early, then=Value(opening, output_field=DateTimeField())),
        default=Coalesce("held_until", "created_at"),
    )
    return (found.exclude(early) if now < opening else found).annotate(waits_since=since)


def not_held(now: datetime) -> Q:
    """Mails that their readers' preferences do not hold back."""
    return Q(held_until__isnull=True) | Q(held_until__lte=now)


def _waiting(now: datetime, which: Which) -> Q:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    due = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
    due |= Q(next_attempt_at__gt=now + FARTHEST)
    of_kind = Q(kind__in=[kind.value for kind in which.kinds])
    if which.early:
        of_kind |= Q(kind__in=[kind.value for kind in REMINDERS], held_until__lte=now)
    found = Q(status__in=UNSENT) & of_kind & free & not_held(now)
    return found if which.ignore_backoff else found & due


def due_mails(which: Which, *, now: datetime) -> list[UUID]:
    """Mails that may be tried now, the longest waiting first."""
    found = Mail.objects.filter(_waiting(now, which))
    return list(found.order_by("created_at", "id").values_list("id", flat=True))


def claim(mail_id: UUID, which: Which, *, now: datetime) -> Mail | None:
    """Take one mail for `CLAIM_FOR`; None where somebody else was faster or it is settled."""
    mine = uuid4()
    before = Mail.objects.filter(pk=mail_id).first()
    if before is None:
        return None
    won = (
        Mail.objects.filter(_waiting(now, which), pk=mail_id)
        .filter(attempts=before.attempts)
        .update(
            claim=mine,
            claimed_until=now + CLAIM_FOR,
            attempts=before.attempts + 1,
            next_attempt_at=retry_at(before.attempts + 1, now),
        )
    )
    return Mail.objects.get(pk=mail_id) if won else None


def mark_sent(mail: Mail, notices: Iterable[UUID], *, subject: str, now: datetime) -> bool:
    """The mail server accepted it. False where that is on record already.

    Not bound to the claim: where it ran out meanwhile, the mail was accepted all the same.
    """
    first = (
        Mail.objects.filter(pk=mail.pk)
        .exclude(status=MailStatus.SENT.value)
        .update(
            status=MailStatus.SENT.value,
            sent_at=now,
            subject=subject,
            claim=None,
            claimed_until=None,
            last_problem="",
        )
    )
    if not first:
        return False
    Notice.objects.filter(pk__in=list(notices)).update(status=NoticeStatus.SENT.value, sent_at=now)
    return True


def mark_failed(mail: Mail, *, problem: str, refused: bool, now: datetime) -> bool:
    """An attempt ended without acceptance. True where the address is refused for the first time."""
    status = MailStatus.REFUSED if refused else MailStatus.QUEUED
    again = now + REFUSED_AGAIN if refused else retry_at(mail.attempts, now)
    mine = Mail.objects.filter(pk=mail.pk, claim=mail.claim).exclude(status=MailStatus.SENT.value)
    recorded = mine.update(
        status=status.value,
        last_problem=problem,
        next_attempt_at=again,
        claim=None,
        claimed_until=None,
    )
    return bool(recorded) and refused and mail.status != MailStatus.REFUSED.value


def mark_held_up(mails: Sequence[UUID], *, problem: str) -> None:
    """The server could not be reached: nothing was attempted, but the reason is shown."""
    for start in range(0, len(mails), 500):
        waiting = Mail.objects.filter(pk__in=mails[start : start + 500], status__in=UNSENT)
        waiting.filter(claim__isnull=True).update(last_problem=problem)


def drop_empty(mails: Collection[UUID] | None = None, *, claim: UUID | None = None) -> None:
    """Cancel mails that have nothing left to say, of those under this claim (None: under none)."""
    queued = Notice.objects.filter(mail=OuterRef("pk"), status=NoticeStatus.QUEUED.value)
    found = Mail.objects.filter(~Exists(queued), status__in=UNSENT, claim=claim)
    if mails is not None:
        found = found.filter(pk__in=list(mails))
    found.update(status=MailStatus.CANCELLED.value, claim=None, claimed_until=None)


def lock_unsent(kind: NoticeKind) -> None:
    """Keep others from claiming or settling mails of this kind until the transaction ends.

    Mails are locked before their notices, everywhere, so that nobody waits in a circle.
    """
    unsent = Mail.objects.select_for_update().filter(kind=kind.value, status__in=UNSENT)
    for _ in unsent.order_by("pk").values_list("pk").iterator():
        pass


def new_mail(recipient: str, kind: NoticeKind, *, now: datetime) -> Mail:
    """A mail that is not stored yet."""
    identity = new_id()
    return Mail(
        id=identity,
        recipient=recipient,
        kind=kind.value,
        message_id=message_id(identity),
        created_at=now,
    )
