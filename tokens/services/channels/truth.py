"""Before a channel is told: what is no longer true is dropped, by the rules of mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tokens.models import Delivery, Notice
from tokens.notifications.channels.claims import cancel
from tokens.policy.book import InForce
from tokens.policy.channels import TEST
from tokens.services.settle import is_true


def still_true(deliveries: Sequence[Delivery], *, rules: InForce, now: datetime) -> list[Delivery]:
    """Those that may be told; the others are cancelled."""
    true = [each for each in deliveries if each.kind == TEST or _is_true(each, rules, now)]
    keep = {each.pk for each in true}
    if gone := [each for each in deliveries if each.pk not in keep]:
        cancel(gone)
    return true


def _is_true(delivery: Delivery, rules: InForce, now: datetime) -> bool:
    notice = Notice(
        kind=delivery.kind,
        token=delivery.token,
        occasion=delivery.occasion,
        threshold=delivery.threshold,
    )
    return is_true(notice, rules, now)
