"""Reminders now, in the foreground: plan, deliver, wait for what others have in hand, count."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import Mail, Notice, NoticeKind, NoticeStatus
from tokens.notifications import outbox
from tokens.notifications.ledger import UNSENT
from tokens.notifications.transport import ConnectionFactory
from tokens.services.chunks import chunks
from tokens.services.deliver import deliver_due
from tokens.services.remind import plan_reminders

#: A little longer than a claim: a dead process's mails are taken over within one run.
WAIT_SECONDS = outbox.CLAIM_FOR.total_seconds() + 10
STEP_SECONDS = 1.0

#: What is told on a reminder's mail, and counted.
_REMINDERS = (NoticeKind.REMINDER.value, NoticeKind.NOT_REVOKED.value)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted in reminders (token and recipient); a token with nobody to tell is one skipped.

    due = sent + failed + skipped. held: what waits beside that because its reader wants it later.
    """

    sent: int
    failed: int
    skipped: int
    held: int = 0

    @property
    def due(self) -> int:
        return self.sent + self.failed + self.skipped


def send_reminders(
    *,
    clock: Callable[[], datetime],
    connection_factory: ConnectionFactory | None = None,
    sleep: Callable[[float], object] = time.sleep,
    on_progress: Callable[[int, int], object] = lambda settled, of: None,
) -> Tally:
    """Plan what is due and deliver it at once, whatever the hour and the backoff.

    Earlier reminders that still wait and are still true count as due; what readers' preferences
    hold back is not due yet, and stays. Mails that another process
    has in hand are waited for, a little longer than a claim lasts, and taken over if it died.
    `on_progress` is called with how many reminders are settled, of how many.
    """
    now = clock()
    skipped = plan_reminders(now=now).skipped
    scope = _queued(now)
    held = _waiting().filter(mail__held_until__gt=now).count()
    ids = [each for notices in scope.values() for each in notices]
    mails, waited = set(scope), 0.0
    while mails:
        deliver_due(
            now=clock(),
            connection_factory=connection_factory,
            ignore_backoff=True,
            kinds=outbox.REMINDERS,
            mails=mails,
        )
        mails = _in_other_hands(mails)
        on_progress(sum(len(found) for mail, found in scope.items() if mail not in mails), len(ids))
        if not mails or waited >= WAIT_SECONDS:
            break
        sleep(STEP_SECONDS)
        waited += STEP_SECONDS
    statuses = _statuses(ids)
    return Tally(
        sent=statuses[NoticeStatus.SENT.value],
        failed=statuses[NoticeStatus.QUEUED.value],
        skipped=skipped,
        held=held,
    )


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(kind__in=_REMINDERS, status=NoticeStatus.QUEUED.value)


def _queued(now: datetime) -> dict[UUID, list[UUID]]:
    """Waiting reminders by mail, but for what its reader's preferences hold back."""
    free = Mail.objects.filter(outbox.not_held(now))
    rows = _waiting().filter(mail__in=free).values_list("mail_id", "id")
    found: dict[UUID, list[UUID]] = {}
    for mail_id, notice_id in rows:
        found.setdefault(mail_id, []).append(notice_id)
    return found


def _in_other_hands(mails: set[UUID]) -> set[UUID]:
    """Mails that somebody else has claimed; what we tried and failed has no claim any more."""
    found: set[UUID] = set()
    for ids in chunks(mails):
        claimed = Mail.objects.filter(pk__in=ids, status__in=UNSENT, claim__isnull=False)
        found.update(claimed.values_list("pk", flat=True))
    return found


def _statuses(ids: list[UUID]) -> Counter[str]:
    found: Counter[str] = Counter()
    for portion in chunks(ids):
        found.update(Notice.objects.filter(pk__in=portion).values_list("status", flat=True))
    return found
