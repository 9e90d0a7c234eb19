"""Addresses that the mail server refuses for good: noted, told to administrators, tried again."""

from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import NotFound
from tokens.models import Mail, MailStatus, NoticeKind, Person, RefusedAddress
from tokens.notifications.audience import administrators
from tokens.notifications.planning import write_notices
from tokens.notifications.undelivered import refused_occasion


def note_refused(*, address: str, problem: str, now: datetime) -> None:
    """The server refused this address. New, administrators are told once, but for themselves.

    Call it inside the transaction that records the attempt.
    """
    row, new = RefusedAddress.objects.update_or_create(
        email=address.lower(),
        defaults={"problem": problem, "last_at": now},
        create_defaults={"problem": problem, "last_at": now, "since": now},
    )
    if not new:
        return
    about = (None, refused_occasion(row), 0)
    for reader in administrators():
        if reader != row.email:
            write_notices(NoticeKind.UNDELIVERED, reader, [about], join=True, now=now)


def note_accepted(*, address: str) -> None:
    """The server accepted a mail to this address, so whatever was wrong with it is over."""
    RefusedAddress.objects.filter(email=address.lower()).delete()


def try_again(*, address: str, actor: Actor, now: datetime) -> int:
    """Somebody repaired the mailbox: what waits goes out at once. Returns how many mails that are.

    Refused again, it is listed and told again. Raises NotFound where it is not listed (any more).
    """
    with audited(actor=actor, now=now) as trail:
        row = RefusedAddress.objects.select_for_update().filter(email=address.lower()).first()
        if row is None:
            raise NotFound("The mail server does not refuse this address.")
        waiting = Mail.objects.filter(recipient=row.email, status=MailStatus.REFUSED.value)
        number = waiting.update(status=MailStatus.QUEUED.value, next_attempt_at=None)
        person = Person.objects.filter(email=row.email).first()
        trail.add(
            Event.MAIL_TRIED_AGAIN,
            person or Subject("mail", name=row.email),
            address=row.email,
            since=row.since,
            count=number,
        )
        row.delete()
    return number
