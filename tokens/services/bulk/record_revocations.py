"""Record that a person revoked many tokens in Coolset; checks set out to prove each of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, audited
from tokens.policy.bulk import BulkAction, skipped
from tokens.policy.two_people import Agreed
from tokens.services.bulk.facts import Result, facts_of, lock_secrets, portions, read
from tokens.services.record_revocation import record_revocation


def record_revocations(
    *,
    token_ids: Collection[UUID],
    reason: str,
    by: str,
    at: datetime | None = None,
    agreed: Agreed | None = None,
    actor: Actor,
    now: datetime,
) -> Result:
    """Record each by the rules of `record_revocation`: one record per value, an entry per row.

    Raises InvalidInput (fields `reason`, `by`, `at`) before anything is recorded, and NotAllowed
    where the two-person rule asks for another one and `agreed` names none.
    """
    result = Result()
    recorded: set[UUID] = set()
    for portion in portions(token_ids):
        with audited(actor=actor, now=now):
            lock_secrets(portion)
            rows = list(read(portion))
            result.miss(portion, rows)
            for token in rows:
                if token.secret_id in recorded:  # with another row of the same value
                    result.done.append(token.pk)
                elif why := skipped(BulkAction.REVOCATION, facts_of(token), now):
                    result.pass_over(token, why)
                else:
                    record_revocation(
                        token=token,
                        reason=reason,
                        by=by,
                        at=at,
                        agreed=agreed,
                        actor=actor,
                        now=now,
                    )
                    recorded.add(token.secret_id)
                    result.done.append(token.pk)
    return result
