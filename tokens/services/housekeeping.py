"""Hourly: let go of what nobody needs any more, so that an instance does not grow for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import QuerySet

from tokens.models import BrowserSession, Check, Delivery, DeliveryStatus, Sighting
from tokens.policy.sightings import KEPT_DAYS

# A little more than a year: the story of a token's last four rotations stays readable. Proofs of
# revocation and the audit trail are kept for good and are not touched here.
CHECKS_KEPT = timedelta(days=400)
DELIVERIES_KEPT = timedelta(days=120)
SIGN_INS_KEPT = timedelta(days=90)
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows went."""

    checks: int
    sessions: int
    sign_ins: int
    sightings: int = 0


def tidy(*, now: datetime) -> Tidied:
    """Delete old runs of checks, ended sessions, old records of sign-ins, and who used a token once
    they were not seen for `KEPT_DAYS`: addresses are personal data.

    In small transactions, one batch each, so that the sweep never waits long for it; killed
    half-way it goes on an hour later.
    """
    old = now - SIGN_INS_KEPT
    settled = Delivery.objects.exclude(status=DeliveryStatus.QUEUED.value)
    _delete(settled.filter(created_at__lt=now - DELIVERIES_KEPT))
    return Tidied(
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


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
