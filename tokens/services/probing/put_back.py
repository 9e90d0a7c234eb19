"""Where the clock was put back, nothing waits for the time that it showed before.

A clock that ran a hundred days ahead leaves checks that are due in a hundred days, and claims of
dead workers that hold so long. Both lie farther ahead than anything is ever planned, which tells
them from the rest.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings

from tokens.models import Secret
from tokens.policy.schedule import farthest
from tokens.services.probing.claiming import CLAIM

log = structlog.get_logger(__name__)


def recall(*, now: datetime) -> int:
    """Make what was put off beyond any plan due at `now`; how many secrets that were.

    Two statements along the index of `next_check_at`, which find nothing as long as clocks go on.
    """
    plan = farthest(settings.COOLSET_CONFIRM_SECONDS)
    late = Secret.objects.filter(next_check_at__gt=now + plan)
    found = late.update(next_check_at=now, throttled_until=None)
    # Twice, since the clock of another machine may be a little ahead of ours.
    held = Secret.objects.filter(next_check_at__lte=now, claimed_until__gt=now + 2 * CLAIM)
    held.update(claimed_until=now)
    if found:
        log.warning("checks.recalled", count=found)
    return found
