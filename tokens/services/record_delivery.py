"""How an attempt ended: outbox, ledger and audit trail say so together, each mail by itself."""

from collections.abc import Iterable
from datetime import datetime

from tokens.audit import Event, Subject, Trail, audited, system
from tokens.models import ApiKey, Approval, Channel, Mail, Notice, NoticeKind, Person, Review
from tokens.notifications import outbox
from tokens.notifications.approvals import approval_named
from tokens.notifications.channels.stopped import stopped_channel
from tokens.notifications.expiring_keys import key_of
from tokens.notifications.leavers import leaver_of
from tokens.notifications.problems import Undelivered
from tokens.notifications.reviews import review_of
from tokens.notifications.troubles import read_behind
from tokens.notifications.undelivered import refused_of
from tokens.services.refusals import note_accepted, note_refused

ACTOR = system("mail")


def record_sent(mail: Mail, notices: Iterable[Notice], *, subject: str, now: datetime) -> None:
    """The server accepted: mail, ledger and audit trail say so together, or nothing does."""
    told = list(notices)
    with audited(actor=ACTOR, now=now) as trail:
        if not outbox.mark_sent(mail, [each.pk for each in told], subject=subject, now=now):
            return
        note_accepted(address=mail.recipient)
        for notice in told:
            _add(trail, mail, notice)


def _add(trail: Trail, mail: Mail, notice: Notice) -> None:
    recipients = [mail.recipient]
    if notice.kind == NoticeKind.REMINDER.value and notice.token is not None:
        trail.add(
            Event.REMINDER_SENT,
            notice.token,
            recipients=recipients,
            thresholds=[notice.threshold],
            due_at=notice.occasion,
            message_id=mail.message_id,
        )
        return
    if notice.kind == NoticeKind.NOT_REVOKED.value and notice.token is not None:
        trail.add(
            Event.REMINDER_TO_REVOKE_SENT,
            notice.token,
            recipients=recipients,
            thresholds=[notice.threshold],
            revoke_by=notice.occasion,
            message_id=mail.message_id,
        )
        return
    trail.add(
        Event.ALERT_SENT,
        notice.token or _without_token(notice),
        recipients=recipients,
        alert=notice.kind,
        message_id=mail.message_id,
    )


def _without_token(notice: Notice) -> Subject | Person | ApiKey | Approval | Channel | Review:
    person = leaver_of(notice) if notice.kind == NoticeKind.LEAVER.value else None
    if person is not None:
        return person
    if notice.kind == NoticeKind.CHANNEL.value:
        return stopped_channel(notice) or Subject("channel")
    if notice.kind == NoticeKind.API_KEY.value:
        return key_of(notice) or Subject("apikey")
    if notice.kind == NoticeKind.APPROVAL.value:
        return approval_named(notice) or Subject("approval")
    if notice.kind == NoticeKind.REVIEW.value:
        return review_of(notice) or Subject("review")
    if notice.kind == NoticeKind.UNDELIVERED.value:
        row = refused_of(notice)
        return Subject("mail", name=row.email if row else "")
    if notice.kind == NoticeKind.BEHIND.value:
        work, _ = read_behind(notice.occasion)
        return Subject("work", name=work.value)
    return Subject("incident", name="Coolset")


def record_failed(mail: Mail, trouble: Undelivered, *, now: datetime) -> None:
    """The server did not accept: later again; a refused address is recorded once."""
    with audited(actor=ACTOR, now=now) as trail:
        if outbox.mark_failed(mail, problem=trouble.problem, refused=trouble.refused, now=now):
            trail.add(
                Event.MAIL_FAILED,
                Subject("mail", str(mail.pk), mail.recipient),
                recipients=[mail.recipient],
                attempts=mail.attempts,
                error=trouble.problem,
                message_id=mail.message_id,
            )
        if trouble.refused:
            note_refused(address=mail.recipient, problem=trouble.problem, now=now)
