"""Holding waiting reminders back as their readers prefer: until when, written on each mail.

Renewed by the planner each time and before anything is sent, so that a preference that changes
holds for what waits already. Nobody who prefers nothing is touched by it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tokens.models import Mail, MailPreference, Notice, NoticeKind, NoticeStatus
from tokens.models.bulk import update_each
from tokens.notifications.ledger import UNSENT
from tokens.notifications.prefer import last_sent, preferences
from tokens.policy.days import utc_day
from tokens.policy.preferences import URGENT, Preference, held_until, is_awake, opens_on
from tokens.services.chunks import chunks

REMINDER = NoticeKind.REMINDER.value


def somebody_is_early(now: datetime) -> bool:
    """Whether somebody wants today's reminders by now, whatever the hour in UTC."""
    today = utc_day(now)
    return any(
        opens_on(chosen, today) <= now and is_awake(chosen, now)
        for chosen in preferences().values()
    )


def renew_holds(*, now: datetime) -> None:
    """Just before mails go out: whoever sleeps by now is not woken by a retry."""
    if MailPreference.objects.exists():
        with transaction.atomic():
            hold_back(now=now)


def hold_back(*, now: datetime) -> None:
    """Write on every waiting reminder until when it is held; the caller's transaction."""
    chosen = preferences()
    waiting = Mail.objects.filter(kind=REMINDER, status__in=UNSENT)
    waiting.filter(held_until__isnull=False).exclude(recipient__in=list(chosen)).update(
        held_until=None
    )
    for addresses in chunks(chosen):
        mails = list(waiting.filter(recipient__in=addresses).only("recipient", "held_until"))
        if mails:
            _hold(mails, chosen, now)


def _hold(mails: list[Mail], chosen: Mapping[str, Preference], now: datetime) -> None:
    said = _said([mail.pk for mail in mails])
    sent = last_sent({mail.recipient for mail in mails}, now=now)
    changed = []
    for mail in mails:
        until = min(
            (
                held_until(
                    chosen[mail.recipient],
                    ready=ready,
                    threshold=threshold,
                    now=now,
                    last_sent=sent.get(mail.recipient),
                )
                for ready, threshold in said[mail.pk]
            ),
            default=None,
        )
        if until != mail.held_until:
            mail.held_until = until
            changed.append(mail)
    update_each(Mail, changed, ["held_until"])


def _said(mails: Collection[UUID]) -> Mapping[UUID, list[tuple[datetime, int]]]:
    """When each waiting notice of these mails was ready, and its threshold.

    What is no reminder of rotation (an old token that nobody revoked) is as urgent as it gets.
    """
    found: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    for portion in chunks(mails):
        rows = Notice.objects.filter(mail__in=portion, status=NoticeStatus.QUEUED.value)
        for mail, kind, ready, threshold in rows.values_list(
            "mail_id", "kind", "created_at", "threshold"
        ):
            found[mail].append((ready, threshold if kind == REMINDER else URGENT))
    return found
