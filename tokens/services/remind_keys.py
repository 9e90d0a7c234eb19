"""Telling administrators of our own API keys that end soon, as of any other token."""

from datetime import datetime, timedelta

from django.db import transaction

from tokens.models import ApiKey, Notice, NoticeKind, NoticeStatus
from tokens.notifications.audience import administrators
from tokens.notifications.expiring_keys import key_occasion
from tokens.notifications.planning import write_notices
from tokens.policy.api_keys import THRESHOLDS, due_threshold


def remind_keys(*, now: datetime) -> int:
    """Queue what is due, one mail per key and administrator; returns how many. Told once."""
    with transaction.atomic():
        horizon = now + timedelta(days=max(THRESHOLDS) + 1)
        ending = ApiKey.objects.select_for_update().filter(
            revoked_at=None, expires_at__lt=horizon, expires_at__gte=now - timedelta(days=1)
        )
        return sum(_remind(key, now) for key in ending.order_by("expires_at"))


def _remind(key: ApiKey, now: datetime) -> int:
    told = Notice.objects.filter(kind=NoticeKind.API_KEY.value, occasion=key_occasion(key))
    done = told.exclude(status=NoticeStatus.CANCELLED.value).order_by("threshold").first()
    threshold = due_threshold(
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        done=done.threshold if done else None,
        now=now,
    )
    if threshold is None:
        return 0
    about = (None, key_occasion(key), threshold)
    return sum(
        write_notices(NoticeKind.API_KEY, address, [about], join=False, now=now)
        for address in administrators()
    )
