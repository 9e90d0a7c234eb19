"""Hourly: let go of what nobody needs any more, so that an instance does not grow for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Exists, OuterRef, QuerySet

from tokens.models import (
    BrowserSession,
    Check,
    Delivery,
    DeliveryStatus,
    FirstAnswer,
    Mail,
    MailStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    Sighting,
)
from tokens.policy.idempotency import KEPT
from tokens.policy.sightings import KEPT_DAYS
from tokens.policy.vocabulary import State

# A little more than a year: the story of a token's last four rotations stays readable. Proofs of
# revocation and the audit trail are kept for good and are not touched here.
CHECKS_KEPT = timedelta(days=400)
DELIVERIES_KEPT = timedelta(days=120)
SIGN_INS_KEPT = timedelta(days=90)
#: Of a revoked token's reminders, which are never decided on again, and of mails that carried them.
REMINDERS_KEPT = timedelta(days=400)
REMINDERS = (NoticeKind.REMINDER.value, NoticeKind.NOT_REVOKED.value)
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows went."""

    checks: int
    sessions: int
    sign_ins: int
    sightings: int = 0
    reminders: int = 0
    mails: int = 0


def tidy(*, now: datetime) -> Tidied:
    """Delete old runs of checks, ended sessions, old records of sign-ins, reminders of tokens that
    are long revoked with their mails, and who used a token once they were not seen for `KEPT_DAYS`:
    addresses are personal data.

    In small transactions, one batch each, so that the sweep never waits long for it; killed
    half-way it goes on an hour later.
    """
    old = now - SIGN_INS_KEPT
    settled = Delivery.objects.exclude(status=DeliveryStatus.QUEUED.value)
    _delete(settled.filter(created_at__lt=now - DELIVERIES_KEPT))
    _delete(FirstAnswer.objects.filter(created_at__lt=now - KEPT))
    reminders = _delete(_reminders(now - REMINDERS_KEPT))  # first: a mail goes after its last one
    return Tidied(
        reminders=reminders,
        mails=_delete(_mails(now - REMINDERS_KEPT)),
        checks=_delete(Check.objects.filter(last_at__lt=now - CHECKS_KEPT)),
        sessions=_delete(BrowserSession.objects.filter(expire_date__lt=now)),
        sign_ins=sum(
            _delete(model.objects.filter(attempt_time__lt=old))
            for model in (AccessAttempt, AccessFailureLog, AccessLog)
        ),
        sightings=_delete(
            Sighting.objects.filter(last_seen_at__lt=now - timedelta(days=KEPT_DAYS))
        ),
    )


def _reminders(before: datetime) -> QuerySet[Notice]:
    """Settled ones of tokens whose revocation was recorded before then. Those of a token in force
    stay however old they are: they are why it is not told again. Alerts stay, too: what they are
    about may still stand."""
    return Notice.objects.filter(
        kind__in=REMINDERS,
        created_at__lt=before,
        token__state=State.REVOKED.value,
        token__secret__revocation__recorded_at__lt=before,
    ).exclude(status=NoticeStatus.QUEUED.value)


def _mails(before: datetime) -> QuerySet[Mail]:
    """Settled ones that no notice needs any more."""
    settled = Mail.objects.filter(
        status__in=(MailStatus.SENT.value, MailStatus.CANCELLED.value), created_at__lt=before
    )
    return settled.filter(~Exists(Notice.objects.filter(mail=OuterRef("pk"))))


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
