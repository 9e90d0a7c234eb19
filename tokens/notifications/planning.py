"""Writing what was decided: notices of one recipient, on one mail."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tokens.models import Mail, Notice, NoticeKind, NoticeStatus
from tokens.notifications.channels.fan_out import fan_out
from tokens.notifications.ledger import UNSENT
from tokens.notifications.outbox import new_mail
from tokens.notifications.problems import IN_DOUBT

#: What a notice is about: token (None: the vendor), occasion, threshold.
About = tuple[UUID | None, str, int]

BATCH = 500


def write_notices(
    kind: NoticeKind, recipient: str, about: Sequence[About], *, join: bool, now: datetime
) -> int:
    """Queue notices of one kind for one recipient on one mail; returns how many.

    With `join` an earlier mail that nobody works on takes them up, so that an outage ends with one
    mail and not with one a day. Cancelled notices of the same occasion are taken up again. The
    caller decided that none of them was sent, and owns the transaction.
    """
    mail = _joinable(kind, recipient) if join else None
    if mail is None:
        mail = new_mail(recipient, kind, now=now)
        mail.save(force_insert=True)
    return put_on(mail, kind, about, now=now)


def write_reminders(
    recipient: str, rotate: Sequence[About], revoke: Sequence[About], *, now: datetime
) -> int:
    """Queue what one recipient is reminded of, what is to be revoked beside what is to be rotated,
    on one mail, as `write_notices` does with `join`."""
    kind = NoticeKind.REMINDER
    due = write_notices(kind, recipient, rotate, join=True, now=now) if rotate else 0
    if not revoke:
        return due
    mail = _joinable(kind, recipient)
    if mail is None:
        mail = new_mail(recipient, kind, now=now)
        mail.save(force_insert=True)
    return due + put_on(mail, NoticeKind.NOT_REVOKED, revoke, now=now)


def put_on(mail: Mail, kind: NoticeKind, about: Sequence[About], *, now: datetime) -> int:
    """Put notices of one kind on a stored mail: cancelled ones revived, the others added.

    The one place where notices are written, so channels are told of them from here, too.
    """
    known = _cancelled(kind, mail.recipient, about)
    revived = [known[each] for each in about if each in known]
    for start in range(0, len(revived), BATCH):
        Notice.objects.filter(pk__in=revived[start : start + BATCH]).update(
            status=NoticeStatus.QUEUED.value, mail=mail, created_at=now
        )
    fresh = [
        Notice(
            kind=kind.value,
            token_id=token,
            occasion=occasion,
            threshold=threshold,
            recipient=mail.recipient,
            mail=mail,
            created_at=now,
        )
        for token, occasion, threshold in about
        if (token, occasion, threshold) not in known
    ]
    Notice.objects.bulk_create(fresh, batch_size=BATCH)
    fan_out(kind.value, about, now=now)
    return len(about)


def _cancelled(kind: NoticeKind, recipient: str, about: Sequence[About]) -> dict[About, UUID]:
    found: dict[About, UUID] = {}
    for start in range(0, len(about), BATCH):
        tokens = {token for token, _, _ in about[start : start + BATCH]}
        rows = Notice.objects.filter(
            kind=kind.value, recipient=recipient, status=NoticeStatus.CANCELLED.value
        )
        rows = rows.filter(token__isnull=True) if None in tokens else rows.filter(token__in=tokens)
        for row in rows.only("token_id", "occasion", "threshold"):
            found[row.token_id, row.occasion, row.threshold] = row.pk
    return found


def _joinable(kind: NoticeKind, recipient: str) -> Mail | None:
    """An unsent mail of this kind that nobody has in hand.

    Locked, so that nobody claims it before the notices are on it. One with a claim is left alone,
    and so is one whose last attempt ended in doubt: it may have been accepted already, and what
    joined it then would never be read.
    """
    waiting = Mail.objects.filter(
        kind=kind.value, recipient=recipient, status__in=UNSENT, claim__isnull=True
    )
    waiting = waiting.exclude(last_problem__in=IN_DOUBT)
    return waiting.select_for_update().order_by("created_at").first()
