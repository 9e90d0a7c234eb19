"""Letting go of what nobody came back for: sealed or not, an hour is enough."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tokens.models import ImportDraft, Start


def forget_intake(*, now: datetime) -> int:
    """Delete uploads and pasted tokens whose time is up, but for those in the worker's hands."""
    over = Q(expires_at__lte=now) & (Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))
    gone = 0
    for model in (ImportDraft, Start):
        count, _ = model._default_manager.filter(over).delete()
        gone += count
    return gone
