"""Ask for a check of many tokens; the worker does them, as many at a time as it is allowed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.models import Secret
from tokens.models.bulk import among
from tokens.policy.bulk import BulkAction, skipped
from tokens.services.bulk.facts import Result, facts_of, lock_secrets, portions, read


def request_checks(*, token_ids: Collection[UUID], actor: Actor, now: datetime) -> Result:
    """Make the secrets of these tokens due now; one audit entry per token."""
    result = Result()
    for portion in portions(token_ids):
        with audited(actor=actor, now=now) as trail:
            lock_secrets(portion)
            rows, secrets = list(read(portion)), set()
            result.miss(portion, rows)
            for token in rows:
                if why := skipped(BulkAction.CHECK, facts_of(token), now):
                    result.pass_over(token, why)
                    continue
                secrets.add(token.secret_id)
                trail.add(Event.TOKEN_CHECK_REQUESTED, token, company=token.company)
                result.done.append(token.pk)
            Secret.objects.filter(pk__in=among(secrets)).update(next_check_at=now)
    return result
