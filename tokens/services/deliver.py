"""Delivering what the outbox holds: claim, look again, hand over, record, one mail at a time.

Sent means accepted by the mail server, never less. No transaction is open while we talk to it.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.mail import EmailMessage

from tokens.models import Mail, Notice, NoticeKind, NoticeStatus, Pulse
from tokens.notifications import outbox
from tokens.notifications.overseers import has_account, overseers
from tokens.notifications.problems import Undelivered
from tokens.notifications.rendering import render
from tokens.notifications.transport import ConnectionFactory, Post
from tokens.policy.book import InForce
from tokens.services.hold import renew_holds
from tokens.services.policy_in_force import rules_in_force
from tokens.services.record_delivery import record_failed, record_sent
from tokens.services.remind import is_open
from tokens.services.settle import settle

log = logging.getLogger(__name__)

#: After so many lost connections in a row the server is in trouble: the rest waits for a later run.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of notices: accepted by the mail server, not accepted, no longer true.

    Where the server could not be reached at all, what waits is none of these.
    """

    sent: int = 0
    failed: int = 0
    cancelled: int = 0

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.sent + other.sent,
            self.failed + other.failed,
            self.cancelled + other.cancelled,
        )


@dataclass(frozen=True, slots=True)
class _Run:
    post: Post
    clock: Callable[[], datetime]
    rules: InForce
    which: outbox.Which


def deliver_due(
    *,
    now: datetime,
    connection_factory: ConnectionFactory | None = None,
    ignore_backoff: bool = False,
    kinds: Collection[NoticeKind] | None = None,
    mails: Collection[UUID] | None = None,
) -> Delivered:
    """Try every mail whose time has come; each is recorded by itself.

    kinds: by default alerts at any hour and reminders from 07:00 UTC, or when their readers want
    them. mails: only these.
    ignore_backoff: also those whose next attempt is later. Safe beside other deliverers: a mail is
    sent by whoever holds its claim, and a claim runs out by itself.
    """
    early = kinds is None and not is_open(now)
    if kinds is None:
        kinds = outbox.ALERTS if early else outbox.ALERTS | outbox.REMINDERS
    which = outbox.Which(kinds, ignore_backoff, early)
    run = _Run(Post(connection_factory), _running_from(now), rules_in_force(), which)
    renew_holds(now=now)
    waiting = outbox.due_mails(which, now=now)
    if mails is not None:
        waiting = [each for each in waiting if each in mails]
    try:
        result, went_well = _deliver_all(waiting, run)
    finally:
        run.post.close()
    if went_well:
        Pulse.objects.update_or_create(name="mail", defaults={"at": run.clock()})
    return result


def _running_from(now: datetime) -> Callable[[], datetime]:
    """The clock of a long run, which starts at `now`: claims are leases of a minute."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _deliver_all(waiting: list[UUID], run: _Run) -> tuple[Delivered, bool]:
    """What became of the mails, and whether the mail server is well."""
    total, lost = Delivered(), 0
    for place, mail_id in enumerate(waiting):
        try:
            run.post.open()
        except Undelivered as trouble:
            outbox.mark_held_up(waiting[place:], problem=trouble.problem)
            return total, False
        try:
            total += _deliver_one(mail_id, run)
            lost = 0
        except _LineLost as trouble:
            total += trouble.result
            lost += 1
            if lost >= PATIENCE:
                return total, False
    return total, True


class _LineLost(Exception):
    """The server hung up on a mail."""

    def __init__(self, result: Delivered) -> None:
        super().__init__("the mail server hung up")
        self.result = result


def _deliver_one(mail_id: UUID, run: _Run) -> Delivered:
    mail = outbox.claim(mail_id, run.which, now=run.clock())
    if mail is None:
        return Delivered()
    before = mail.notices.filter(status=NoticeStatus.QUEUED.value).count()
    notices = settle(mail, rules=run.rules, now=run.clock())
    gone = Delivered(cancelled=before - len(notices))
    if not notices:
        return gone
    try:
        message = _written(mail, notices, run.clock())
        run.post.send(message)
    except Undelivered as trouble:
        failed = gone + Delivered(failed=len(notices))
        record_failed(mail, trouble, now=run.clock())
        if trouble.hung_up:
            raise _LineLost(failed) from None
        return failed
    record_sent(mail, notices, subject=str(message.subject), now=run.clock())
    return gone + Delivered(sent=len(notices))


def _written(mail: Mail, notices: list[Notice], now: datetime) -> EmailMessage:
    above = overseers()
    try:
        return render(
            mail,
            notices,
            to_administrator=mail.recipient in above.everywhere,
            to_company_admin=above.is_company_admin(mail.recipient),
            has_account=has_account(mail.recipient),
            now=now,
        )
    except Exception:  # one mail that cannot be written must not keep the others
        log.exception("mail %s could not be written", mail.pk)
        raise Undelivered("not_written") from None


def deliver_alerts(*, now: datetime) -> Delivered:
    """Try the alerts that are due, at any hour; reminders keep theirs."""
    return deliver_due(now=now, kinds=outbox.ALERTS)
