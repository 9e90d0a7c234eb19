"""Before a mail goes out: what it was to say is looked at again, what is no longer true is dropped.

A reminder that lost its reader or its reason goes back to the planner; an alert whose reader left
is queued for who is responsible now.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tokens.models import Incident, Mail, Notice, NoticeKind, NoticeStatus, Pulse, Token
from tokens.notifications import outbox
from tokens.notifications.approvals import approval_of, readers_of_approval
from tokens.notifications.audience import audience, facts_of
from tokens.notifications.channels.stopped import stopped_channel
from tokens.notifications.exceptions import exception_of, readers_of_notice
from tokens.notifications.expiring_keys import key_of
from tokens.notifications.leavers import leaver_of
from tokens.notifications.ledger import still_true
from tokens.notifications.overseers import Overseers, overseers
from tokens.notifications.reviews import is_still_asked
from tokens.notifications.to_revoke import still_to_revoke
from tokens.notifications.troubles import occasion, read_behind, revocation_of, standing, trouble
from tokens.notifications.undelivered import refused_of
from tokens.policy.book import InForce, book_of
from tokens.policy.reminders import recipients_of
from tokens.services.alert import queue_alerts

_WITH = (
    "token__company",
    "token__integration__second_contact",
    "token__owner",
    "token__secret__revocation",
    "token__secret__compromise",
)

#: What the reminders' planner decides anew where it was dropped.
_PLANNED = (NoticeKind.REMINDER.value, NoticeKind.NOT_REVOKED.value)


def settle(mail: Mail, *, rules: InForce, now: datetime) -> list[Notice]:
    """The notices that a claimed mail may still tell its recipient; the others are cancelled.

    Without any left the mail is cancelled, too.
    """
    told = overseers()
    with transaction.atomic():
        list(Mail.objects.select_for_update().filter(pk=mail.pk).values_list("pk"))
        queued = Notice.objects.filter(mail=mail, status=NoticeStatus.QUEUED.value)
        notices = list(queued.select_related(*_WITH).order_by("id"))
        true = [each for each in notices if is_true(each, rules, now)]
        tell = [each for each in true if each.recipient in _entitled(each, told, now)]
        keep = {each.pk for each in tell}
        _cancel([each for each in notices if each.pk not in keep])
        if not tell:
            outbox.drop_empty([mail.pk], claim=mail.claim)
        _hand_over([each for each in true if each.pk not in keep], now)
    return tell


def is_true(notice: Notice, rules: InForce, now: datetime) -> bool:
    """Whether what a notice says is still so, apart from to whom."""
    kind = NoticeKind(notice.kind)
    if kind is NoticeKind.BEHIND:
        return _still_behind(notice)
    if kind is NoticeKind.LEAVER:
        return leaver_of(notice) is not None
    if kind is NoticeKind.API_KEY:
        return key_of(notice) is not None
    if kind is NoticeKind.EXCEPTION:
        return exception_of(notice, rules, now) is not None
    if kind is NoticeKind.APPROVAL:
        return approval_of(notice, now) is not None
    if kind is NoticeKind.REVIEW:
        return is_still_asked(notice, now)
    if kind is NoticeKind.CHANNEL:
        return stopped_channel(notice) is not None
    if kind is NoticeKind.UNDELIVERED:
        return refused_of(notice) is not None
    if notice.token is None:
        return _incident_lasts(notice)
    if kind is NoticeKind.NOT_REVOKED:
        return still_to_revoke(notice, book_of(rules).of(notice.token.policy_id), now)
    if kind is not NoticeKind.REMINDER:
        return trouble(kind, notice.token) == notice.occasion
    return still_true(
        occasion=notice.occasion,
        threshold=notice.threshold,
        facts=facts_of(notice.token),
        rules=book_of(rules).of(notice.token.policy_id),
        now=now,
    )


def _still_behind(notice: Notice) -> bool:
    work, since = read_behind(notice.occasion)
    return Pulse.objects.filter(name=standing(work), at=since).exists()


def _incident_lasts(notice: Notice) -> bool:
    open_now = Incident.objects.filter(ended_at__isnull=True).first()
    return open_now is not None and occasion(open_now.begun_at) == notice.occasion


def _entitled(notice: Notice, told: Overseers, now: datetime) -> tuple[str, ...]:
    kind, token = NoticeKind(notice.kind), notice.token
    above = told.everywhere if token is None else told.of(token.company_id)
    if kind is NoticeKind.REMINDER and token is not None:
        return recipients_of(facts_of(token), above, now)
    if kind is NoticeKind.EXCEPTION:
        return readers_of_notice(notice, told.everywhere)
    if kind is NoticeKind.APPROVAL:
        return readers_of_approval(notice, told.everywhere)
    if kind is NoticeKind.REVIEW:  # it is true of its own reader alone
        return (notice.recipient,)
    return audience(kind, token, above)


def _cancel(notices: Sequence[Notice]) -> None:
    ids = [each.pk for each in notices]
    Notice.objects.filter(pk__in=ids).update(status=NoticeStatus.CANCELLED.value)
    again = [
        each.token_id for each in notices if each.token_id is not None and each.kind in _PLANNED
    ]
    Token.objects.filter(pk__in=again).update(remind_at=None)


def _hand_over(notices: Sequence[Notice], now: datetime) -> None:
    """Alerts that are true but whose reader is no longer responsible."""
    tokens = [each for each in notices if each.token is not None]
    failing = [each.token for each in tokens if each.kind == NoticeKind.FAILING.value]
    leaked = [each.token for each in tokens if each.kind == NoticeKind.COMPROMISED.value]
    worked = [each.token for each in tokens if each.kind == NoticeKind.CONTRADICTED.value]
    revocations = [revocation_of(token.secret) for token in worked if token]
    if failing or leaked or revocations:
        queue_alerts(
            compromised=[token.secret_id for token in leaked if token],
            failing=[token.secret_id for token in failing if token],
            contradicted=[found.pk for found in revocations if found],
            now=now,
        )
